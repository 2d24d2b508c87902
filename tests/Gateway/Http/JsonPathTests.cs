using System.Text;
using Bleepay.Tests.Harness;

namespace Bleepay.Tests.Gateway.Http;

/// <summary>Every fault inside a body is reported by its path.</summary>
[Collection(ServiceFixture.Name)]
public sealed class JsonPathTests(ServiceFixture service)
{
    /// <summary>Members that are added to a good body, and the path at fault.</summary>
    public static TheoryData<string, string> Duplicates => new()
    {
        { "\"amount\":\"100\"", "amount" },
        { "\"\\u0061mount\":\"100\"", "amount" },
        { "\"extra\":1,\"extra\":1", "extra" },
        { "\"extra\":{\"a\":1,\"a\":2}", "extra.a" },
        { "\"metadata\":{\"a\":1,\"a\":1}", "metadata.a" },
        { "\"metadata\":{\"a\":1,\"\\u0061\":1}", "metadata.a" },
        { "\"metadata\":{\"a\":{\"b\":1,\"c\":2,\"b\":3}}", "metadata.a.b" },
        { "\"metadata\":{\"list\":[{\"x\":1},{\"x\":1,\"x\":2}]}", "metadata.list[1].x" },
        { "\"metadata\":{\"\":1,\"\":2}", "metadata[\"\"]" },
        { "\"amount.x\":1,\"amount.x\":2", "[\"amount.x\"]" },
        { "\"metadata\":{},\"metadata\":null", "metadata" },
    };

    public static TheoryData<string, string> Unclean
    {
        get
        {
            var rows = new TheoryData<string, string>
            {
                { "\"metadata\":{\"a\":{\"b\":[\"x\",\"HERE\"]}}", "metadata.a.b[1]" },
                { "\"metadata\":{\"HERE\":1}", "metadata" },
                { "\"metadata\":{\"a\":[{\"HERE\":1}]}", "metadata.a[0]" },
                { "\"customerReference\":\"HERE\"", "customerReference" },
                { "\"customerEmail\":\"HERE\"", "customerEmail" },
                { "\"extra\":\"HERE\"", "extra" },
                { "\"HERE\":1", "body" },
            };
            string[] escapes =
            [
                "\\u0000", "\\b", "a\\n", "\\u001F", "\\u007f", "\\u0085", "\\ud800", "\\udc00", "\\ud800x",
                "\\udc00\\ud800",
            ];
            var all = new TheoryData<string, string>();
            foreach (var row in rows)
                foreach (var escape in escapes)
                    all.Add($"{row[0]}".Replace("HERE", escape, StringComparison.Ordinal), $"{row[1]}");
            return all;
        }
    }

    [Theory]
    [MemberData(nameof(Duplicates))]
    public async Task A_member_given_twice_is_reported_by_its_path(string members, string path)
    {
        var answer = await CreateSessionWith(members);

        answer.MustRefuse(path);
    }

    [Theory]
    [MemberData(nameof(Unclean))]
    public async Task Control_characters_and_lone_surrogates_are_reported_by_their_path(
        string members, string path)
    {
        var answer = await CreateSessionWith(members);

        answer.MustRefuse(path);
    }

    [Fact]
    public async Task A_pair_of_surrogates_is_a_character()
    {
        (await CreateSessionWith("\"customerReference\":\"\\ud83d\\ude00\"")).MustBeOk();
    }

    [Fact]
    public async Task A_member_given_twice_is_reported_beside_every_other_fault()
    {
        var answer = await CreateSessionWith(
            """
            "amount":"5", "customerEmail":"no mail", "metadata":{"a":1,"a":2}, "customerReference":7
            """);

        answer.MustRefuse("amount", "customerEmail", "customerReference", "metadata.a");
    }

    [Fact]
    public async Task Names_that_are_no_valid_text_are_refused()
    {
        var answer = await CreateSessionWith("\"metadata\":{\"\\ud800\":1,\"\\ud801\":2,\"\\ud800\":3}");

        answer.MustBe(System.Net.HttpStatusCode.BadRequest, "validation_failed");
        Assert.NotEmpty(answer.ErrorPaths);
    }

    private async Task<Answer> CreateSessionWith(string members)
    {
        var widget = await service.Api.CreateWidget();
        var body = Api.GoodSession().ToJsonString()[..^1] + "," + members + "}";
        return await service.Api.PostRaw(widget.SessionsPath, Encoding.UTF8.GetBytes(body), widget.Secret);
    }
}
