/** Who may import whom: the table of docs/internals/architecture.md, as rules that fail `npm run check`. */
// client.ts is the door for those who only talk to a running engine, offline.ts for what needs none: neither loads the engine itself.
const engineOutside = '^src/engine/(?!(index|client|offline)\\.ts$)';
const rule = (name, comment, from, to) => ({ name, severity: 'error', comment, from: { path: from }, to });

module.exports = {
  forbidden: [
    {
      name: 'no-cycles',
      severity: 'error',
      comment: 'A cycle hides which of two files is the lower one.',
      from: {},
      to: { circular: true },
    },
    rule('common-is-the-bottom', 'common runs anywhere and imports nothing of ours.', '^src/common/', {
      path: '^src/(?!common/)',
    }),
    rule('conf-knows-only-common', 'conf is pure.', '^src/engine/conf/', { path: '^src/(?!common/|engine/conf/)' }),
    rule(
      'qemu-def-and-command-are-pure',
      'They turn definitions into definitions and argv.',
      '^src/engine/qemu/(def|command)/',
      { path: '^src/(?!common/|engine/conf/|engine/qemu/(def|command)/)' },
    ),
    rule(
      'qemu-knows-no-driver',
      'qemu knows conf, state files and util; the verbs are above it.',
      '^src/engine/(qemu|storage|network|state|util)/',
      { path: '^src/engine/driver/' },
    ),
    rule('engine-knows-no-shell', 'The engine is hosted, it never imports its host.', '^src/engine/', {
      path: '^src/(main|preload|server|cli|renderer)/',
    }),
    rule('shells-see-the-index', 'Shells reach the engine by its doors only.', '^src/(main|server|cli)/', {
      path: engineOutside,
    }),
    rule('preload-is-thin', 'preload takes electron and types of common.', '^src/preload/', {
      path: '^src/(?!preload/|common/)',
    }),
    rule('renderer-knows-common', 'The renderer has no Node and no engine.', '^src/renderer/', {
      path: '^src/(?!renderer/|common/)',
    }),
    rule(
      'components-know-no-client',
      'Components get values and call back; views compose.',
      '^src/renderer/components/',
      { path: '^src/renderer/(views|store|client)' },
    ),
    rule('electron-in-its-shell', 'electron is for src/main and src/preload.', '^src/(?!main/|preload/)', {
      path: 'node_modules/electron/',
    }),
    rule(
      'no-node-in-pure-code',
      'Pure folders and the renderer run without Node.',
      '^src/(common|renderer|engine/conf|engine/qemu/def|engine/qemu/command)/',
      { dependencyTypes: ['core'] },
    ),
    rule('src-knows-no-test', 'Product code never imports tests or tools.', '^src/', { path: '^(test|tools)/' }),
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    tsPreCompilationDeps: true,
    parser: 'swc',
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'node', 'default', 'types'],
      extensions: ['.ts', '.tsx', '.mjs', '.js', '.json'],
    },
  },
};
