// The floors of lib/, as the lint suite holds them: arrows point down, and nothing imports itself by way of others. Imports
// of types count as any other.
const kBase =
  '^lib/(addon/|[^/]+-types\\.generated|argument-check|builtins|connection-url|errors|events|native|native-probe|options|plain-text|redaction|rejections|writable)';

/** From the lowest to the highest. What is beside each other knows nothing of each other. */
const kFloors = [
  { name: 'base', files: [kBase] },
  { name: 'contracts and tables', files: ['^lib/contracts/', '^lib/tables/'] },
  { name: 'drive', files: ['^lib/drive/'] },
  { name: 'client and adapter', files: ['^lib/client/', '^lib/adapter/'] },
  { name: 'host', files: ['^lib/host/'] },
  { name: 'toolbox', files: ['^lib/toolbox/'] },
  { name: 'observe', files: ['^lib/observe/'] },
];

const kInLib = '^lib/';

const upward = kFloors.flatMap(({ name, files }, floor) =>
  files.map((file) => ({
    name: `nothing-above-${name.replaceAll(' ', '-')}`,
    severity: 'error',
    comment: `${name} imports only what is below it`,
    from: { path: file },
    to: {
      path: kInLib,
      pathNot: [...kFloors.slice(0, floor).flatMap((below) => below.files), file],
    },
  })),
);

module.exports = {
  forbidden: [
    { name: 'no-circles', severity: 'error', from: { path: kInLib }, to: { circular: true } },
    ...upward,
    {
      name: 'the-faults-know-no-client',
      severity: 'error',
      comment: 'the tools of faults, which the command line and tests use, stand on the base alone',
      from: { path: '^lib/faults/' },
      to: { path: kInLib, pathNot: [kBase, '^lib/faults/'] },
    },
    {
      name: 'the-command-line-is-a-product-of-its-own',
      severity: 'error',
      comment:
        'it uses its own files, and what is public: the tools of faults, the pool settings, the tables of a database. It ' +
        'must run where the addon cannot be loaded, and so does without the main entry',
      from: { path: '^lib/cli/' },
      to: {
        path: kInLib,
        pathNot: [kBase, '^lib/cli/', '^lib/faults/', '^lib/tables/', '^lib/toolbox/pool\\.ts$'],
      },
    },
    {
      name: 'nobody-imports-the-command-line',
      severity: 'error',
      from: { path: kInLib, pathNot: '^lib/cli/' },
      to: { path: '^lib/cli/' },
    },
  ],
  options: {
    tsPreCompilationDeps: true,
    doNotFollow: { path: 'node_modules' },
    tsConfig: { fileName: 'tsconfig.json' },
  },
};
