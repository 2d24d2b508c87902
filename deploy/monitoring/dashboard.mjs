// Generates the Grafana dashboard, dashboard.json beside this file and in the Kubernetes component:
//   tests/node/install.sh && node deploy/monitoring/dashboard.mjs
// With a folder as the argument it writes the file there instead; a test compares the bytes.
import { writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';

// Grafana's builders refuse a field that Grafana does not have. They are a package of the tests.
const load = createRequire(new URL('../../tests/node/package.json', import.meta.url));
const sdk = (part) => load(`@grafana/grafana-foundation-sdk/${part}`);
const common = sdk('common');
const dashboard = sdk('dashboard');
const prometheus = sdk('prometheus');
const stat = sdk('stat');
const timeseries = sdk('timeseries');

const job = 'job="bleepay-sessions"';
const rate = (series) => `rate(${series}[$__rate_interval])`;
const lastHour = (series) => `increase(${series}[1h])`;
const requests = (part, ...labels) =>
  `http_server_request_duration_seconds_${part}{${[job, ...labels].join(',')}}`;
const failed = 'http_response_status_code=~"5.."';
const creation = 'http_route="/api/v1/widgets/{widgetId}/create-session"';
const quantile = (share, histogram, by = '', labels = '') =>
  `histogram_quantile(${share}, sum by (le${by && `, ${by}`}) (${rate(`${histogram}_bucket${labels}`)}))`;
const halfAndMost = (histogram, labels = '') => [
  [quantile(0.5, histogram, '', labels), 'half are faster'],
  [quantile(0.99, histogram, '', labels), '99 % are faster'],
];

// Each row's panels: what is drawn, the title, the unit, the expressions with their legends, and a sentence.
const rows = [
  ['Does money flow', 5, [
    share('Requests that succeed', 0.99, 0.999,
      `1 - (sum(${rate(requests('count', failed))}) or vector(0)) / sum(${rate(requests('count'))})`,
      'Not answered 5xx; the objective is 99.9 %. Alert BleepayRequestsFail.'),
    share('Sessions opened within 250 ms', 0.9, 0.99,
      `sum(${rate(requests('bucket', creation, 'le="0.25"'))}) / sum(${rate(requests('count', creation))})`,
      'The objective is 99 %. Alert BleepayCreationsSlow.'),
    share('Database trips that succeed', 0.9, 0.999,
      `sum(${rate('bleepay_store_trips_seconds_count{outcome="done"}')}) / sum(${rate('bleepay_store_trips_seconds_count')})`,
      'All queues together. Alert BleepayStoreUnreachable.'),
    number('Oldest webhook that is due', 's', [['green', null], ['orange', 30], ['red', 120]],
      'max(bleepay_webhook_oldest_seconds{state="due"})',
      'How long it has waited for its attempt. Alert BleepayWebhooksStand.'),
    share('Confirmed of opened, 1 h', null, null,
      `sum(${lastHour('bleepay_session_changes_total{status=~"CONFIRMED|OVERPAID",cause="PAYMENT_SETTLED"}')}) / sum(${lastHour('bleepay_session_changes_total{cause="CREATED"}')})`,
      'Sessions that were paid, late payments left out. Alert BleepayNothingIsConfirmed.'),
    share('Delivered of attempted, 1 h', 0.5, 0.9,
      `sum(${lastHour('bleepay_webhook_attempts_total{outcome="delivered"}')}) / sum(${lastHour('bleepay_webhook_attempts_total')})`,
      'Attempts to deliver webhooks that the receiver has taken. Alert BleepayWebhooksFail.'),
  ]],
  ['HTTP', 8, [
    graph('Requests by status', 'reqps',
      [[`sum by (http_response_status_code) (${rate(requests('count'))})`, '{{http_response_status_code}}']],
      'Probes and scrapes are left out.'),
    graph('Duration of create-session', 's',
      halfAndMost('http_server_request_duration_seconds', `{${job},${creation}}`),
      'The line is the objective, 250 ms for 99 %.', 0.25),
    graph('Slowest routes', 's',
      [[`topk(5, ${quantile(0.99, 'http_server_request_duration_seconds', 'http_route', `{${job}}`)})`, '{{http_route}}']],
      '99 % of a route’s requests are faster. Event streams count until their end.'),
    graph('Refusals by code', 'reqps',
      [[`topk(10, sum by (code) (${rate('bleepay_refusals_total')}))`, '{{code}}']],
      'The codes are those of the API’s errors; unavailable is this service’s fault, most others are the caller’s.'),
    graph('Requests in progress', 'short',
      [[`sum by (instance) (http_server_active_requests{${job}})`, '{{instance}}']],
      'Event streams are among them.'),
    graph('Failures of 30 days, of those allowed', 'percentunit',
      [[`((sum(increase(${requests('count', failed)}[30d])) or vector(0)) / sum(increase(${requests('count')}[30d]))) / 0.001`,
        'used']],
      'How much of the 0.1 % that may fail has failed. At 100 % the objective is missed.', 1),
  ]],
  ['Sessions and expiry', 8, [
    graph('Changes by status', 'cps',
      [[`sum by (status) (${rate('bleepay_session_changes_total')})`, '{{status}}']],
      'Stored changes a second: CREATED are new sessions.'),
    graph('Lateness of expiries', 's', halfAndMost('bleepay_session_expiry_lateness_seconds'),
      'From a session’s end to its expiry. The line is the promise, 2 s. Alert BleepayExpiriesLate.', 2),
    graph('Sessions that are overdue', 'short', [['sum(bleepay_session_overdue)', 'overdue']],
      'Open and past their end by more than 10 s. Alert BleepayExpiriesStand.'),
    graph('Reports of payments by outcome', 'cps',
      [[`sum by (outcome) (${rate('bleepay_payment_reports_total')})`, '{{outcome}}']],
      'From the watched networks, and from processors that report.'),
    graph('Sessions deleted and erased, 1 h', 'short',
      [[`sum by (action) (${lastHour('bleepay_retention_sessions_total')})`, '{{action}}']],
      'By the limits of Retention__…. Flat at zero without a limit.'),
    graph('Sessions beyond their retention', 's', [['max(bleepay_retention_overdue_seconds)', 'overdue']],
      'How long the oldest has outlived Retention__Sessions; no line without a limit. Alert BleepayRetentionBehind.', 86400),
    graph('Followers', 'short', [['sum by (instance) (bleepay_session_followers)', '{{instance}}']],
      'Open event streams of each node.'),
    graph('Lists by outcome', 'cps',
      [[`sum by (outcome) (${rate('bleepay_list_reads_total')})`, '{{outcome}}']],
      'Refused means that a business reads more lists at once than it may.'),
  ]],
  ['Store and cluster', 7, [
    graph('Wait for a trip', 's', [[quantile(0.99, 'bleepay_store_wait_seconds', 'queue'), '{{queue}}']],
      '99 % of the items of a queue wait less.'),
    graph('Duration of a trip', 's', [[quantile(0.99, 'bleepay_store_trips_seconds', 'queue'), '{{queue}}']],
      '99 % of the trips to the database are faster, commits included.'),
    graph('Trips by outcome', 'ops',
      [[`sum by (outcome) (${rate('bleepay_store_trips_seconds_count')})`, '{{outcome}}']],
      'Only failed ones for a minute: alert BleepayStoreUnreachable.'),
    graph('Items that share a trip', 'short',
      [[`sum by (queue) (${rate('bleepay_store_batch_sum')}) / sum by (queue) (${rate('bleepay_store_batch_count')})`, '{{queue}}']],
      'The mean. It grows with the load.'),
    graph('Fill of the queues', 'percentunit',
      [['max by (queue) (bleepay_store_waiting / bleepay_store_capacity)', '{{queue}}']],
      'A full queue is answered 503. The line is that of alert BleepayStoreQueueFills.', 0.5),
    graph('Duration of SQL', 's',
      [[quantile(0.99, 'db_client_operation_duration_seconds', 'db_client_connection_pool_name', `{${job}}`),
        '{{db_client_connection_pool_name}}']],
      '99 % of the commands of a pool are faster.'),
    graph('Connections in use', 'percentunit',
      [[`max by (db_client_connection_pool_name) (db_client_connection_count{${job},db_client_connection_state="used"}`
        + ` / ignoring (db_client_connection_state) db_client_connection_max{${job}})`,
      '{{db_client_connection_pool_name}}']],
      'Of the most that a node’s pool may open.'),
    graph('Nodes', 'short', [
      [`sum(up{${job}})`, 'answer'],
      [`count(up{${job}})`, 'configured'],
      [`min(orleans_consistent_ring_size{${job}})`, 'in the smallest view'],
      [`max(orleans_consistent_ring_size{${job}})`, 'in the largest view'],
    ], 'All lines are one while the cluster agrees. Alerts BleepayNodeDown and BleepayClusterDisagrees.'),
    graph('Processor', 'short',
      [[`sum by (instance) (${rate(`dotnet_process_cpu_time_seconds_total{${job}}`)})`, '{{instance}}']],
      'How many processors a node uses.'),
    graph('Memory', 'bytes',
      [[`dotnet_process_memory_working_set_bytes{${job}}`, '{{instance}}']],
      'The working set of a node; compare it with the limit of its container.'),
    graph('Pauses for garbage', 'percentunit',
      [[rate(`dotnet_gc_pause_time_seconds_total{${job}}`), '{{instance}}']],
      'The share of time in which nothing runs. The line is that of alert BleepayPausesForGarbage.', 0.1),
    graph('Work that waits for a thread', 'short',
      [[`dotnet_thread_pool_queue_length_total{${job}}`, '{{instance}}']],
      'A gauge in spite of its name. It stays near zero.'),
  ]],
  ['Webhooks', 8, [
    graph('Delay of first attempts', 's', halfAndMost('bleepay_webhook_delay_seconds', '{attempt="first"}'),
      'From an event to its delivery by the first attempt: the part that is this service’s.'),
    graph('Attempts by outcome', 'cps',
      [[`sum by (outcome) (${rate('bleepay_webhook_attempts_total')})`, '{{outcome}}']],
      'One outcome such as dns or connect for all receivers is on this side. Alert BleepayWebhooksFail.'),
    graph('First attempts that deliver', 'percentunit',
      [[`sum(${rate('bleepay_webhook_attempts_total{outcome="delivered",attempt="first"}')}) / sum(${rate('bleepay_webhook_attempts_total{attempt="first"}')})`,
        'delivered']],
      'The receivers that answer at once.'),
    graph('Events that wait', 'short', [['max by (state) (bleepay_webhook_waiting)', '{{state}}']],
      'Sessions and payments with undelivered events: due now, later, or paused with their endpoint.'),
    graph('Oldest event', 's', [['max by (state) (bleepay_webhook_oldest_seconds)', '{{state}}']],
      'The line is that of alert BleepayWebhooksStand, for those that are due.', 120),
    graph('Endpoints', 'short', [['max by (state) (bleepay_webhook_endpoints)', '{{state}}']],
      'A paused one has failed for an hour. Alert BleepayEndpointsPaused.'),
  ]],
  ['Chains', 8, [
    graph('Age of the head', 's', [['max by (network) (bleepay_chain_head_age_seconds)', '{{network}}']],
      'Of the highest block that was read. The line is that of alert BleepayChainStands.', 120),
    graph('Blocks from the head to the last final one', 'short',
      [['max by (network) (bleepay_chain_head_block) - max by (network) (bleepay_chain_settled_block)', '{{network}}']],
      'It stays near the confirmations of the network. Alert BleepayChainStopped.'),
    graph('Lag of the providers', 'short',
      [['max by (network, provider) (bleepay_chain_provider_lag)', '{{network}} {{provider}}']],
      'Blocks below the highest of all providers.'),
    graph('Payments by result', 'cps',
      [[`sum by (network, result) (${rate('bleepay_chain_payments_total')})`, '{{network}} {{result}}']],
      'Transfers to addresses of sessions.'),
    graph('Unmatched payments, 1 h', 'short',
      [[`sum by (network, reason) (${lastHour('bleepay_chain_unmatched_total')})`, '{{network}} {{reason}}']],
      'Payments that no session took. Alert BleepayPaymentsUnmatched.'),
    graph('Missed, lost and skipped, 1 h', 'short', [
      [`sum by (network) (${lastHour('bleepay_chain_missed_at_head_total')})`, '{{network}} missed at the head'],
      [`sum by (network) (${lastHour('bleepay_chain_settled_lost_total')})`, '{{network}} final payments lost'],
      [`sum by (network) (${lastHour('bleepay_chain_skipped_blocks_total')})`, '{{network}} blocks skipped'],
      [`sum by (network) (${lastHour('bleepay_chain_reorganisations_total')})`, '{{network}} reorganisations'],
    ], 'Missed payments were found by the second reading. Lost ones and skipped blocks need a person.'),
    graph('Requests to providers that fail', 'reqps',
      [[`sum by (network, provider, outcome) (${rate('bleepay_chain_rpc_requests_total{outcome!~"OK|CANCELLED"}')})`,
        '{{network}} {{provider}} {{outcome}}']],
      'The provider is its number in the settings. Alert BleepayProviderDown.'),
    graph('Duration of requests to providers', 's',
      [[quantile(0.99, 'bleepay_chain_rpc_duration_seconds', 'network, provider'), '{{network}} {{provider}}']],
      '99 % are faster.'),
    graph('From a block to the report of its payments', 's',
      [[quantile(0.99, 'bleepay_chain_detection_latency_seconds', 'network'), '{{network}}']],
      '99 % are faster. It includes the time that the block itself took to arrive.'),
  ]],
];

const builder = new dashboard.DashboardBuilder('Bleepay Sessions')
  .uid('bleepay-sessions')
  .description('Generated by deploy/monitoring/dashboard.mjs. Runbooks of the alerts: docs/runbooks.md.')
  .tags(['bleepay'])
  .readonly()
  .time({ from: 'now-3h', to: 'now' })
  .refresh('30s')
  .tooltip(dashboard.DashboardCursorSync.Crosshair)
  .withVariable(new dashboard.DatasourceVariableBuilder('datasource').label('Data source').type('prometheus'));

let panelId = 0;
for (const [title, height, panels] of rows) {
  builder.withRow(new dashboard.RowBuilder(title).id(++panelId));
  const width = panels.length % 6 === 0 && panels.every((panel) => panel.isStat) ? 4 : panels.length % 4 === 0 ? 6 : 8;
  for (const { panel } of panels) builder.withPanel(panel.id(++panelId).span(width).height(height));
}

const text = `${JSON.stringify(builder.build(), null, 2)}\n`;
const folders = process.argv.length > 2
  ? [process.argv[2]]
  : ['.', '../kubernetes/components/monitoring'].map((folder) => fileURLToPath(new URL(folder, import.meta.url)));
for (const folder of folders) writeFileSync(`${folder}/dashboard.json`, text);

function describe(panel, title, unit, expressions, description) {
  const source = { type: 'prometheus', uid: '${datasource}' };
  panel.title(title).description(description).datasource(source).unit(unit).noValue('–');
  expressions.forEach(([expression, legend], index) => panel.withTarget(new prometheus.DataqueryBuilder()
    .datasource(source).expr(expression).legendFormat(legend).refId('ABCDEFGH'[index]).range()));
  return panel;
}

function graph(title, unit, expressions, description, line) {
  const panel = describe(new timeseries.PanelBuilder(), title, unit, expressions, description)
    .min(0).fillOpacity(10).showPoints(common.VisibilityMode.Never).spanNulls(false)
    .legend(new common.VizLegendOptionsBuilder()
      .showLegend(true).displayMode(common.LegendDisplayMode.List).placement(common.LegendPlacement.Bottom))
    .tooltip(new common.VizTooltipOptionsBuilder()
      .mode(common.TooltipDisplayMode.Multi).sort(common.SortOrder.Descending));
  if (line !== undefined) {
    panel.thresholds(steps([['transparent', null], ['red', line]]))
      .thresholdsStyle(new common.GraphThresholdsStyleConfigBuilder().mode(common.GraphThresholdsStyleMode.Dashed));
  }
  return { panel };
}

function number(title, unit, colors, expression, description) {
  const panel = describe(new stat.PanelBuilder(), title, unit, [[expression, title]], description)
    .reduceOptions(new common.ReduceDataOptionsBuilder().calcs(['lastNotNull']))
    .graphMode(common.BigValueGraphMode.Area)
    .colorMode(common.BigValueColorMode.Value)
    .thresholds(steps(colors));
  return { panel, isStat: true };
}

// A share of one: red below the first bound, green from the second; without bounds it has no judgement.
function share(title, poor, good, expression, description) {
  const colors = good === null ? [['blue', null]] : [['red', null], ['orange', poor], ['green', good]];
  const shown = number(title, 'percentunit', colors, expression, description);
  shown.panel.decimals(2).max(1);
  return shown;
}

function steps(colors) {
  return new dashboard.ThresholdsConfigBuilder()
    .mode(dashboard.ThresholdsMode.Absolute)
    .steps(colors.map(([color, value]) => ({ color, value })));
}
