/**
 * The layers, as docs/development.md draws them: each room and the rooms that it may import. What is not listed is
 * forbidden, and imports of types count like any other.
 */
const rooms = {
  'plugin/lib': [],
  detectors: [],
  'plugin/settings': ['plugin/lib', 'detectors'],
  'plugin/secrets': ['plugin/lib', 'plugin/settings'],
  'plugin/cluster': ['plugin/lib', 'detectors'],
  'plugin/argocd': ['plugin/lib', 'plugin/cluster'],
  'plugin/discovery': ['plugin/lib', 'detectors', 'plugin/settings', 'plugin/secrets', 'plugin/cluster'],
  'plugin/consumers': below('plugin/discovery'),
  'plugin/customizations': below('plugin/consumers'),
  'plugin/validate': below('plugin/customizations'),
  'plugin/doctor': [...below('plugin/validate'), 'plugin/argocd'],
  'plugin/serve': [...below('plugin/validate'), 'plugin/argocd'],
  'plugin/propose': ['plugin/lib'],
  'plugin/commands': [...below('plugin/validate'), 'plugin/argocd', 'plugin/doctor', 'plugin/serve', 'plugin/propose'],
};

/** The pipeline is a stack: each of its stages may import the one below it, and what that one may. */
function below(room) {
  const stack = ['plugin/discovery', 'plugin/consumers', 'plugin/customizations', 'plugin/validate'];
  const base = ['plugin/lib', 'detectors', 'plugin/settings', 'plugin/secrets', 'plugin/cluster'];
  return [...base, ...stack.slice(0, stack.indexOf(room) + 1)];
}

/** Rooms of serve that read like libraries of their own, or that nothing else may lean on. */
const servesRooms = {
  'plugin/serve/cache': ['plugin/lib', 'detectors', 'plugin/cluster'],
  'plugin/serve/leader-election': ['plugin/lib', 'plugin/cluster'],
  'plugin/serve/timing': ['plugin/lib'],
};

const layer = ([room, allowed]) => ({
  name: `${room} imports ${allowed.length === 0 ? 'nothing else' : `only ${allowed.join(', ')}`}`,
  comment: 'docs/development.md has the map of the rooms and the way their imports point',
  severity: 'error',
  from: { path: `^${room}/` },
  to: { path: '^(?:plugin|detectors)/', pathNot: [room, ...allowed].map((one) => `^${one}/`) },
});

export default {
  forbidden: [
    ...Object.entries({ ...rooms, ...servesRooms }).map(layer),
    {
      name: 'no circle, of types either',
      comment: 'move what both need into a file of its own, below them',
      severity: 'error',
      from: {},
      to: { circular: true },
    },
    {
      name: 'the pure stages do no I/O',
      comment: 'discovery, consumers and customizations get what they need as arguments: same input, same bytes',
      severity: 'error',
      from: { path: '^(?:detectors|plugin/(?:discovery|consumers|customizations))/' },
      to: { dependencyTypes: ['core'], pathNot: '^(?:node:)?(?:crypto|util)$' },
    },
    {
      name: 'the pure stages do no I/O through other rooms either',
      comment: 'files are read in plugin/validate and plugin/commands, and clusters through plugin/cluster/types.ts',
      severity: 'error',
      from: { path: '^(?:detectors|plugin/(?:discovery|consumers|customizations))/' },
      to: { path: '^plugin/(?:settings/file\\.ts$|cluster/(?:http|watch)/)' },
    },
    {
      name: 'the program does not import its tests',
      severity: 'error',
      from: { path: '^(?:plugin|detectors)/' },
      to: { path: '^(?:test|docs)/' },
    },
    {
      name: 'what is imported is there, and in package.json',
      severity: 'error',
      from: {},
      to: { dependencyTypes: ['unknown', 'undetermined', 'npm-no-pkg', 'npm-unknown'] },
    },
    {
      name: 'the program imports dependencies, not devDependencies',
      comment: "React is Argo CD's: build-page.ts leaves it out of the extension of its UI",
      severity: 'error',
      from: { path: '^(?:plugin|detectors)/', pathNot: '^plugin/serve/page/browser/extension/main\\.ts$' },
      to: { dependencyTypes: ['npm-dev'] },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'require', 'node', 'default', 'types'],
    },
    moduleSystems: ['es6'],
  },
};
