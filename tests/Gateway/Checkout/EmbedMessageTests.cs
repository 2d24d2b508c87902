using Bleepay.Tests.Harness;

namespace Bleepay.Tests.Gateway.Checkout;

/// <summary>Messages that are not those of the checkout, in a real browser.</summary>
[Collection(CheckoutService.Name)]
public sealed class EmbedMessageTests(CheckoutService service) : IDisposable
{
    /// <summary>What a page may try, with every field right but where the message comes from.</summary>
    private const string Bodies =
        """
        const bodies = [
          { bleepay: 'ready', version: 1 }, { bleepay: 'ready' }, 'ready', null, 7, [], {},
          { bleepay: 'init', version: 1, session: null, config: null, amount: null, option: null, locale: null },
          { type: 'close' }, { type: 'again' }, { type: 'refused' }, { type: 'resize', height: 7 },
          { type: 'change', session: { id: '?', sequence: 99, paymentStatus: 'CONFIRMED' } },
          { type: 'create', id: 1, body: { amount: '1' } }, { type: 'unknown' },
        ];
        """;

    private readonly EmbeddingShop shop = new(service);

    [FactThatNeeds(Tool.Chromium)]
    public async Task Messages_of_other_windows_change_nothing()
    {
        using var stranger = Shop.On("127.0.0.1");
        var attacker = stranger.Add(
            $$"""
            <!doctype html><title>Stranger</title><script>
              {{Bodies}}
              window.got = [];
              addEventListener('message', ({ data, ports }) => {
                if (data === 'go') {
                  for (const body of bodies) {
                    parent.postMessage(body, '*', [new MessageChannel().port1]);
                    for (let at = 0; at < parent.frames.length; at++)
                      parent.frames[at].postMessage(body, '*', [new MessageChannel().port1]);
                  }
                  parent.postMessage('done', '*');
                } else if (data?.bleepay === 'init' && ports.length && data.config !== null) got.push(data);
              });
            </script>
            """);
        var widget = await shop.NewWidget();
        await using var visit = await shop.Visit(EmbeddingShop.Fixed(widget, "9"));
        var session = await visit.Open();
        var before = await visit.Heard();

        await visit.Page.EvaluateAsync(
            $$"""
            async (url) => {
              {{Bodies}}
              const frame = Object.assign(document.createElement('iframe'), { src: url });
              await new Promise((resolve) => { frame.onload = resolve; document.body.append(frame); });
              const done = new Promise((resolve) =>
                addEventListener('message', ({ data }) => data === 'done' && resolve()));
              frame.contentWindow.postMessage('go', '*');
              for (const body of bodies) postMessage(body, '*');
              await done;
            }
            """,
            attacker);
        await visit.MustShow("Waiting for your payment");
        Assert.Equal(before, await visit.Heard());

        // The port that was there before still works.
        await shop.Report(session, "9", 20);
        await visit.MustShow("Paid");
        await visit.MustHear("paid");
        Assert.Equal(
            0, await visit.Page.Frames.First(frame => frame.Url == attacker).EvaluateAsync<int>("() => got.length"));
        Assert.Empty(visit.Messages);
    }

    /// <summary>The shop's page is the frame's parent, but the frame has a parent's port already.</summary>
    [FactThatNeeds(Tool.Chromium)]
    public async Task A_second_port_and_messages_without_one_change_nothing_in_the_frame()
    {
        await using var visit = await shop.Visit(EmbeddingShop.Fixed(await shop.NewWidget(), "9"));
        await visit.Open();

        var answers = await visit.Page.EvaluateAsync<int>(
            $$"""
            async () => {
              {{Bodies}}
              const { contentWindow } = document.querySelector('bleepay-checkout').shadowRoot.querySelector('iframe');
              let answers = 0;
              for (const body of bodies) {
                contentWindow.postMessage(body, '*');
                const { port1, port2 } = new MessageChannel();
                port1.onmessage = () => answers++;
                contentWindow.postMessage(body, '*', [port2]);
              }
              // A round trip to the frame's process and back.
              await new Promise((resolve) => setTimeout(resolve, 300));
              return answers;
            }
            """);

        Assert.Equal(0, answers);
        await visit.MustShow("Waiting for your payment");
    }

    /// <summary>The right origin is not enough: another frame of the service gets no session.</summary>
    [FactThatNeeds(Tool.Chromium)]
    public async Task A_frame_that_the_shop_made_by_hand_gets_nothing()
    {
        var widget = await shop.NewWidget();
        await using var visit = await shop.Visit(EmbeddingShop.Fixed(widget, "9"));
        var session = await visit.Open();

        await visit.Page.EvaluateAsync(
            """
            (url) => new Promise((resolve) => {
              const frame = Object.assign(document.createElement('iframe'), { src: url, id: 'hand', onload: resolve });
              document.body.append(frame);
            })
            """,
            $"{shop.Service}/pay/{widget.Id}/{session}#dep_secret_stolen");

        await shop.Report(session, "9", 20);
        await visit.MustShow("Paid");
        Assert.Equal("", (await visit.Page.FrameLocator("#hand").Locator("#state").TextContentAsync())!.Trim());
    }

    /// <summary>A frame that is loaded again sends "ready" again, and receives the session again.</summary>
    [FactThatNeeds(Tool.Chromium)]
    public async Task A_frame_that_was_loaded_again_shows_the_session_again()
    {
        await using var visit = await shop.Visit(EmbeddingShop.Fixed(await shop.NewWidget(), "9"));
        var session = await visit.Open();

        await visit.Page.EvaluateAsync(
            """
            () => new Promise((resolve) => {
              const frame = document.querySelector('bleepay-checkout').shadowRoot.querySelector('iframe');
              frame.addEventListener('load', resolve, { once: true });
              frame.src = frame.src;
            })
            """);
        await visit.MustShow("Waiting for your payment");
        await shop.Report(session, "9", 20);
        await visit.MustHear("paid");

        Assert.Equal("open session change change paid", await visit.Heard());
    }

    public void Dispose() => shop.Dispose();
}
