import type { ErrorCode, WarningCode } from '../plugin/lib/codes.ts';
import type { ProblemCode } from '../plugin/serve/http/problem.ts';

/** Text of docs/errors.md about a code. Markdown; links are relative to docs/. */
export interface CodeText {
  /** What has happened: the cause. */
  readonly means: string;
  readonly shown: string;
  /** What to do about it. */
  readonly remedy: string;
  /** The page and heading that explain the topic of the code. */
  readonly guide: string;
}

/** In the order of docs/errors.md: errors as the program defines them. */
export const errorTexts: Readonly<Record<ErrorCode | 'BUG', CodeText>> = {
  USAGE: {
    means: 'an unknown command, flag or value, or a `--path` that is not a folder.',
    shown: 'as a condition of the Application if plugin.yaml has the mistake, otherwise at your terminal.',
    remedy: '`dynamic-toolset --help` lists commands and flags. For a plugin, check `generate` in plugin.yaml.',
    guide: 'cli.md#commands',
  },
  NODE_TOO_OLD: {
    means: 'the program was started by a Node.js older than `engines` in package.json allows.',
    shown: 'at your terminal or in the log of the workflow, in one line; the container image contains its own Node.js.',
    remedy: 'install the version that the message names, or run the container image.',
    guide: 'install.md',
  },
  FILE_UNREADABLE: {
    means:
      "a file exists but cannot be read: no permission, not UTF-8, over 1 MB, a link that leads out of the Application's path, a folder, or a `.yml` instead of `.yaml`. Or the files of the Application together exceed one of the [limits](security.md#limits-of-what-comes-from-git). Also a policy that is not mounted.",
    shown: "as a condition of the Application, with the file's name and for UTF-8 the line and column.",
    remedy: "do what the hint says with the file in Git. For `--policy`, check the volumes of the plugin's container.",
    guide: 'security.md#limits-of-what-comes-from-git',
  },
  SETTINGS_INVALID: {
    means: 'toolset.yaml, or the policy, is not valid YAML or contains an unknown setting.',
    shown: 'as a condition of the Application: one line for each mistake (the first fifty), with file:line:column.',
    remedy:
      'fix the lines that are named; [settings.md](settings.md) lists every setting. A typo stops everything on purpose: if it were ignored, it would silently change what is discovered.',
    guide: 'settings.md',
  },
  PARAMETERS_INVALID: {
    means:
      'the Application sets something in `spec.source.plugin` that is unknown, has a wrong value, or may only be set in toolset.yaml.',
    shown:
      "as a condition of the Application: one line for each mistake (the first five), with the name of the parameter or variable. Argo CD's UI still shows the parameters, so you can fix them there.",
    remedy:
      'fix it in the Application, or in the ApplicationSet that creates it; [settings.md](settings.md#from-the-application) lists what you can set.',
    guide: 'settings.md#from-the-application',
  },
  OVERRIDES_INVALID: {
    means:
      'overrides.yaml is not valid YAML, or does not have the form `toolsets: {NAME: {…}}`, `mcp_servers: {NAME: {…}}`.',
    shown: 'as a condition of the Application, with file:line:column.',
    remedy:
      'fix that line. `null` removes a toolset; tags, merge keys (`<<`) and keys that are not strings are not accepted.',
    guide: 'overrides.md',
  },
  PATCHES_INVALID: {
    means: 'patches.yaml is not valid YAML, or not a list of `{target, patch, optional}` with operations of RFC 6902.',
    shown: 'as a condition of the Application, with file:line:column of each mistake.',
    remedy: 'fix those lines; [overrides.md](overrides.md) shows the shape.',
    guide: 'overrides.md',
  },
  PATCH_FAILED: {
    means:
      'an operation of patches.yaml does not apply to a toolset: nothing is at its path, or a `test` found another value. Nothing is printed, because half a patch would be a state that neither Git nor the cluster defines.',
    shown: "as a condition of the Application, with the operation's place and the toolset's name.",
    remedy:
      'take the patch out: `dynamic-toolset explain --toolset NAME` then shows what is there. If the toolset changes from time to time, set `optional: true` on the patch.',
    guide: 'overrides.md',
  },
  OVERRIDE_CONFLICT: {
    means:
      '`spec.overrides.conflict` is `error`, and a change in Git has no effect, is replaced by another one, or is rejected by the consumer.',
    shown: 'as a condition of the Application, each with file:line:column and what to do.',
    remedy: 'fix the lines. With `conflict: warn` the manifest is still printed, and the same lines are warnings.',
    guide: 'overrides.md',
  },
  LIVE_UNREADABLE: {
    means:
      '`adopt` needs the live ConfigMap, and it does not exist, or its data is not a toolset file. Or the snapshot that `adopt` or `diff` reads contains only part of its data (DATA_WITHHELD).',
    shown: 'at your terminal.',
    remedy:
      'check that `spec.target` matches it (name, namespace, key, format), and that the snapshot contains its data.',
    guide: 'cli.md#adopt',
  },
  SNAPSHOT_INVALID: {
    means:
      'the file of `--snapshot` cannot be read, contains no Kubernetes objects, or contains two versions of one object.',
    shown: 'at your terminal: Argo CD never uses `--snapshot`.',
    remedy:
      'record one: `dynamic-toolset snapshot > cluster.json`, or `kubectl get svc,endpointslices,ns,cm -A -o yaml`.',
    guide: 'cli.md#snapshot',
  },
  KUBECONFIG_INVALID: {
    means:
      'the kubeconfig cannot be read, lacks the context, or names no https server; or `HTTPS_PROXY` is not the URL of a proxy. In a Pod: no service account token is mounted.',
    shown: 'as a condition of every Application that uses the plugin, or at your terminal.',
    remedy:
      "in a Pod, check that the plugin's container mounts its token, as in [manifests/sidecar](../manifests/sidecar); `dynamic-toolset doctor` checks that. Elsewhere try `kubectl --context NAME get ns`.",
    guide: 'install.md',
  },
  CLUSTER_UNKNOWN: {
    means: 'another cluster is requested by a name for which the platform has set up no access.',
    shown: 'as a condition of the Application, with the names that its project may use.',
    remedy:
      'correct the name in `--cluster`, the parameter `cluster` or `spec.cluster`; or a platform administrator mounts a kubeconfig of that name into the folder of `--clusters`.',
    guide: 'clusters.md',
  },
  CLUSTER_ACCESS_INVALID: {
    means:
      'the kubeconfig or Secret for another cluster cannot be used: it is incomplete, names a file outside its folder, or requires what the platform has not allowed, such as a command or an unverified server.',
    shown: 'as a condition of the Application, with the file. No value of it is shown.',
    remedy: 'have a platform administrator correct that file; [clusters.md](clusters.md) lists what it may contain.',
    guide: 'clusters.md#what-a-kubeconfig-may-say',
  },
  GIT_MISSING: {
    means: '`propose` cannot start git.',
    shown: 'at your terminal or in the log of the Job.',
    remedy: 'install git 2.34 or newer, or run the image that contains it.',
    guide: 'propose.md#where-it-runs',
  },
  REPOSITORY_INVALID: {
    means:
      'the repository of `propose` has no commit or lacks the branch of `--base`, or what `--file` or `--settings` names is a link, a submodule, a folder, kept in Git LFS or not UTF-8.',
    shown: 'at your terminal or in the log of the Job, with the name of the branch or the path.',
    remedy:
      'name a branch that exists, and a regular file in folders of the repository itself: links and submodules are not followed.',
    guide: 'propose.md#what-is-written',
  },
  VALUES_INVALID: {
    means:
      'the value under `--key` cannot be written: the values file is not valid YAML or has two documents, the key leads through a list, a string, an alias or a merge key, or another part of the file repeats it with an anchor.',
    shown: 'at your terminal or in the log of the Job, with file:line:column.',
    remedy: 'correct that line, or name another key.',
    guide: 'propose.md#a-key-of-a-values-file',
  },
  CLUSTER_UNAUTHORIZED: {
    means:
      "the API server does not accept the credential (401), or none could be obtained: the exec plugin, token file or OIDC of the kubeconfig's user failed.",
    shown: 'as a condition of every Application that uses the plugin.',
    remedy:
      'restart the repo-server Pod to get a new token. If that does not help, check that its service account still exists.',
    guide: 'troubleshooting.md#what-argo-cd-shows',
  },
  CLUSTER_FORBIDDEN: {
    means:
      'the service account may not read something that discovery needs (403). Nothing is printed, because a list without a namespace would look as if its backends were gone.',
    shown: 'as a condition of every Application that uses the plugin; the message names verb, resource and namespace.',
    remedy:
      'the hint is the missing RBAC rule: add it to the Role or ClusterRole of the plugin. Or read less: if you name the namespaces in `spec.discovery.namespaces.include`, a Role in each is enough.',
    guide: 'install.md#what-each-permission-is-for',
  },
  GIT_UNAUTHORIZED: {
    means:
      'the repository refuses the credential, is not visible to it, or has a host key that is not in `--known-hosts-file`.',
    shown: 'at your terminal or in the log of the Job, with what git said.',
    remedy:
      'check `--git-token-file`, or `--ssh-key-file` and `--known-hosts-file`: the account must be allowed to read and push.',
    guide: 'propose.md#credentials',
  },
  PUSH_REFUSED: {
    means:
      'the repository can be read but accepts no push: a rule protects the branch, a hook of the server declines it, the account may not write, or a branch `dynamic-toolset` leaves no room for `dynamic-toolset/*`.',
    shown: 'at your terminal or in the log of the Job, with what the server said. Nothing has changed.',
    remedy:
      'exclude the branches `dynamic-toolset/*` from the rule, or allow the account to push them. If references other than branches are refused, use `--state-file`. Delete or rename a branch `dynamic-toolset`, or use `--branch`.',
    guide: 'propose.md#credentials',
  },
  CLUSTER_UNREACHABLE: {
    means: 'no connection to the API server: DNS, network policy, TLS, or it is down.',
    shown: "as a condition of every Application that uses the plugin, with the address and the system's reason.",
    remedy:
      'if kubectl fails too, it is the API server. If not, check the network policies of the repo-server. If the reason is a certificate, check the CA of the kubeconfig.',
    guide: 'troubleshooting.md',
  },
  CLUSTER_FAILED: {
    means: 'the API server answered with an error (5xx, 429), or its list expired each time it was read (410).',
    shown: "as a condition of the Application, with the status and the API server's own words.",
    remedy: "usually nothing: the next refresh tries again. If it persists, check the API server's load and log.",
    guide: 'reliability.md',
  },
  CLUSTER_RESPONSE_INVALID: {
    means:
      "what answers at the API server's address is not a supported API server, but a login page, a proxy or a very old version. Or its list contradicts itself: another kind or namespace, pages of different versions, an object twice, fewer objects than announced, no end.",
    shown: 'as a condition of the Application, with the beginning of the response or what is wrong with the list.',
    remedy: 'open the address of the kubeconfig with curl, and check what answers and what is in between.',
    guide: 'troubleshooting.md',
  },
  CLUSTER_RESOURCE_MISSING: {
    means:
      "the API server does not know what `serve` watches (404): usually Argo CD's Applications, because Argo CD is not installed in this cluster.",
    shown: 'by `serve`, in its log and at `/readyz`, which stays 503. `serve` looks for it again at least every 30 s.',
    remedy:
      "install Argo CD's custom resource definitions, or name the right cluster with `--kubeconfig` and `--context`.",
    guide: 'serve.md#install',
  },
  DEADLINE_EXCEEDED: {
    means:
      'the cluster could not be read, or the files from Git could not be processed, within `--deadline` (45 s). Backends that are slow to answer are not the reason: they only count as unhealthy.',
    shown: 'as a condition of the Application, with what was being read or done.',
    remedy:
      "find out why the API server is slow, or make the files smaller. A longer `--deadline` helps only below Argo CD's own limit for plugins.",
    guide: 'reliability.md',
  },
  ARGOCD_FAILED: {
    means:
      "Argo CD's API cannot be reached, or refuses what `serve` requests: the token is not valid, or the account may not `get` or `sync` the Application.",
    shown: 'in the log of `serve`, event `request-failed`; the Application stays out of date until it is fixed.',
    remedy:
      'do what the hint says. `argocd account can-i sync applications PROJECT/NAME` shows what the account may do.',
    guide: 'serve.md#two-ways-to-ask',
  },
  GIT_UNREACHABLE: {
    means:
      'the repository did not answer, or not before the deadline: the network, its name, its certificate or a proxy.',
    shown: 'at your terminal or in the log of the Job, with what git said.',
    remedy:
      'check the network path from the Pod to the repository, `--git-ca-file` for a CA of your own, and `--deadline`. The next run tries again.',
    guide: 'propose.md#credentials',
  },
  GIT_FAILED: {
    means: 'git failed for another reason, such as a redirect, which is not followed, or an object that is not valid.',
    shown: 'at your terminal or in the log of the Job, with what git said.',
    remedy: 'do what the message says; the same command of git by hand shows more.',
    guide: 'propose.md#a-hostile-repository',
  },
  REPOSITORY_MOVED: {
    means:
      'in each of four attempts, another writer changed or deleted the branch of the proposal before it could be pushed, or the base branch before settings could be read from it.',
    shown: 'at your terminal or in the log of the Job. Nothing is overwritten.',
    remedy: 'run only one proposer for each target: `concurrencyPolicy: Forbid`.',
    guide: 'propose.md#two-proposers',
  },
  FORGE_FAILED: {
    means: 'the API of the Git host refused a request about the pull request, or did not answer. The branch is pushed.',
    shown: 'at your terminal or in the log of the Job, with the request and its status.',
    remedy:
      'check `--forge-token-file`, whose account must be allowed to write pull requests, and `--forge-url`. The next run tries again.',
    guide: 'propose.md#the-pull-request',
  },
  POLICY_DENIED: {
    means:
      "the platform has set a policy without a rule for the Application's project, or without one that lets the project read the named cluster. Without a policy: toolset.yaml or the Application names another cluster.",
    shown: "as a condition of the Application, with the project's name.",
    remedy:
      'have a platform administrator add `spec.projects.NAME`, or `clusters` in it, to the policy that is mounted into the plugin; or move the Application to a project that has a rule. No change in Git helps.',
    guide: 'security.md#several-teams-with-one-argo-cd',
  },
  WRONG_CLUSTER: {
    means:
      "the Application deploys to a different cluster than the plugin reads, which is Argo CD's own. Its ConfigMap would name backends that do not exist there.",
    shown: 'as a condition of the Application, with both clusters. Nothing is printed, so nothing is changed.',
    remedy:
      "set `spec.destination` of the Application to Argo CD's own cluster. If Argo CD has another name or address for that same cluster, as `argocd cluster list` shows, have a platform administrator add it with `--own-cluster` to the command in plugin.yaml.",
    guide: 'install.md#which-cluster-is-read',
  },
  TARGET_OWNED: {
    means:
      'the ConfigMap that would be printed belongs to another Application, by the tracking id of Argo CD on the live object. Two Applications that print the same object would keep overwriting each other. If Argo CD tracks by label, there is no such id, and only its `SharedResourceWarning` and `serve` (`ApplicationAmbiguous`) report them.',
    shown: 'as a condition of the Application, with the name of the other one.',
    remedy:
      'give `spec.target.configMap` another name, or remove the ConfigMap from the other Application first, without pruning it. An Application that was deleted owns nothing, if the plugin may `get` Applications; otherwise remove the annotation `argocd.argoproj.io/tracking-id` from the ConfigMap.',
    guide: 'consumers.md#several-targets',
  },
  WORK_TOO_LARGE: {
    means:
      'the files from Git need more memory than one run may use. The run was ended before it could harm other Applications. The [limits](security.md#limits-of-what-comes-from-git) are meant to refuse such files earlier, with their line.',
    shown: 'as a condition of the Application, with what was being done.',
    remedy: 'make the files smaller, or narrow `spec.discovery.namespaces`.',
    guide: 'security.md#limits-of-what-comes-from-git',
  },
  BRANCH_EDITED: {
    means: 'people have committed to the branch of the proposal, and discovery has a different result by now.',
    shown: 'at your terminal or in the log of the Job, at each run until it is settled. Nothing is overwritten.',
    remedy: 'merge the branch, or delete it. The next run then makes a new proposal.',
    guide: 'propose.md#one-branch-for-each-target',
  },
  REPOSITORY_TOO_LARGE: {
    means:
      'the newest commit of the repository needs more than 512 MB to download, `--file` is larger than 1 MB, or `--settings` has more than 50 files.',
    shown: 'at your terminal or in the log of the Job.',
    remedy:
      'propose to another repository or file, or to one whose server supports partial clones, so that files are not downloaded.',
    guide: 'propose.md#a-hostile-repository',
  },
  OUTPUT_TOO_LARGE: {
    means:
      "the ConfigMap would be larger than 900 KB (Kubernetes accepts 1 MB), or Git's settings in its annotations larger than 40 KB (Kubernetes accepts 256 KB).",
    shown: 'as a condition of the Application, with the three largest toolsets.',
    remedy:
      'narrow `spec.discovery.namespaces`, set `spec.discovery.instances: best`, or shorten overrides.yaml; for the annotations, shorten the templates of `spec.customDetectors`.',
    guide: 'settings.md#specdiscovery',
  },
  OUTPUT_INVALID: {
    means:
      'HolmesGPT would refuse the file or read it wrongly: it has no content left, a key contains a dot, or text from the cluster contains a template (`{{`), which could extract secrets from the consumer.',
    shown: 'as a condition of the Application, with the key or the Service.',
    remedy:
      'rename the key in overrides.yaml; keep at least one toolset. For a template, find out who made that Service, and why.',
    guide: 'holmesgpt.md',
  },
  OUTPUT_UNWRITABLE: {
    means:
      'stdout was closed before the whole manifest was written, or the disk behind it is full. Or the file of `adopt --write` or `propose --state-file`, or the folder for temporary files of `propose`, cannot be written; the message names it.',
    shown: "in the log of the plugin's container, or at your terminal.",
    remedy:
      'check whether Argo CD ended the plugin because of its timeout, or what the output is piped into. Nothing half-written is used.',
    guide: 'troubleshooting.md',
  },
  BUG: {
    means: 'an unexpected failure (exit code 70).',
    shown: 'as a condition of the Application, with a stack.',
    remedy:
      'report it with that text and, if you can, with the output of `dynamic-toolset snapshot`, which contains no secrets.',
    guide: '../CONTRIBUTING.md',
  },
};

export const warningTexts: Readonly<Record<WarningCode, CodeText>> = {
  BUDGET_ENFORCED: {
    means:
      'a warning, the manifest is printed without these discovered toolsets: `spec.target.maxToolTokens` has no room for them, and `budget: enforce` is set.',
    shown:
      "by `dynamic-toolset explain`, where each of their Services has the reason `OverBudget`, and in the log of the plugin's container.",
    remedy: 'name a toolset in overrides.yaml to keep it (`grafana/tempo: {enabled: true}`), or raise the limit.',
    guide: 'holmesgpt.md#what-it-costs',
  },
  BUDGET_EXCEEDED: {
    means:
      "a warning, the manifest is printed: what HolmesGPT's enabled toolsets add to each prompt is estimated at more tokens than `spec.target.maxToolTokens`; with `budget: enforce`, even without every toolset that may be left out.",
    shown:
      "by `dynamic-toolset explain` and in the log of the plugin's container, with the most expensive toolsets, those that are on by default, and those that are not counted.",
    remedy:
      "disable in overrides.yaml what is not needed, or `defaultToolsets: 'off'`; see [holmesgpt.md](holmesgpt.md#what-it-costs).",
    guide: 'holmesgpt.md#what-it-costs',
  },
  CERTIFICATE_UNTRUSTED: {
    means:
      'a warning, the manifest is printed: a backend inside of the cluster serves https, and HolmesGPT does not accept its certificate; no public CA signs names such as `x.y.svc.cluster.local`. It is printed disabled, or left out beside others.',
    shown: "by `dynamic-toolset explain`, and in the log of the plugin's container.",
    remedy:
      '[give HolmesGPT the CA](holmesgpt.md#https-in-the-cluster) and set `spec.target.certificates: private`. Or set `unverified`: then anyone on the network path to the backend can read the requests, credentials included.',
    guide: 'holmesgpt.md#https-in-the-cluster',
  },
  CLUSTER_UNREAD: {
    means:
      'a warning, the manifest is printed: one of the clusters of `spec.clusters` cannot be read. What the ConfigMap has of it stays as it was; where it has nothing of it, the message says so.',
    shown:
      "by `dynamic-toolset explain`, in the annotation `kubernaut.io/toolset-warnings`, and in the log of the plugin's container, with the cluster and the code of what failed.",
    remedy:
      '`dynamic-toolset explain --cluster NAME` fails with the whole message: an address, a credential or a right. A cluster that is gone for good is removed from `--clusters`, `--cluster-secret` or `spec.clusters`.',
    guide: 'clusters.md#one-holmesgpt-for-several-clusters',
  },
  COMMENT_UNWRITTEN: {
    means:
      '`review --comment` could not write the comment of the pull request: its token may not, as that of a fork, or the job is not for a pull request.',
    shown:
      'in the log of the job, which does not fail for it: the review is printed as well, into the summary or the log.',
    remedy:
      'nothing for a fork. Else give the job `pull-requests: write`, in GitLab the variable `GITLAB_TOKEN`; see [pull-requests.md](pull-requests.md#the-comment).',
    guide: 'pull-requests.md#the-comment',
  },
  CONFIG_KEY_UNKNOWN: {
    means: 'a key in overrides that this version of HolmesGPT silently ignores: the setting has no effect.',
    shown: "by `validate` with file:line:column, by `explain`, and in the log of the plugin's container.",
    remedy: 'use the suggested key. If the key exists only from another version on, see `spec.target.version`.',
    guide: 'overrides.md',
  },
  CREDENTIAL_MISSING: {
    means:
      'a warning, the manifest is printed: a toolset is disabled in it, because its backend asks for a credential and none is configured.',
    shown: "by `dynamic-toolset explain`, and in the log of the plugin's container.",
    remedy:
      "copy what it shows into toolset.yaml (or another credential that the toolset [accepts](overrides.md#credentials)), and define the variable in HolmesGPT's environment.",
    guide: 'overrides.md#credentials',
  },
  CREDENTIAL_WITHHELD: {
    means:
      'a warning, the manifest is printed: overrides.yaml adds a credential to a toolset, and an untrusted Service would have received it. It was withheld.',
    shown: "by `dynamic-toolset explain`, and in the log of the plugin's container, with the Services.",
    remedy:
      'if these Services may have it, add their namespaces to `spec.trust.namespaces`; otherwise set the endpoint in the override as well.',
    guide: 'overrides.md#credentials',
  },
  DATA_WITHHELD: {
    means:
      '`snapshot` recorded the ConfigMap without a part of its data: a hand edit of it looks like a secret or is not YAML, or dynamic-toolset did not generate the ConfigMap. Everything else is recorded.',
    shown:
      'by `snapshot`, with key, line and reason. `diff` and `adopt` refuse such a snapshot; `generate` and `explain` need no data.',
    remedy:
      'nothing, if you need it for `generate` or `explain`. Otherwise remove the secret from the ConfigMap, or run `diff` and `adopt` on the cluster itself or on the output of kubectl.',
    guide: 'cli.md#snapshot',
  },
  EDIT_INEXPRESSIBLE: {
    means:
      '`adopt` cannot write an edit of the live ConfigMap as an override: a `null` inside a map, which removes the key in an override; a value that a patch in Git changes again; a credential that would be withheld; or a value that no override file may contain, such as a number that is not kept exactly. Or the live ConfigMap contains more than toolsets.',
    shown: 'at your terminal, with the place; the rest is printed, and the exit code is 1.',
    remedy: 'make that change by hand, at the place that the warning names.',
    guide: 'cli.md#adopt',
  },
  DESTINATION_UNCHECKED: {
    means:
      'the plugin may not read the Application, or the Application is not in the cluster that is read. The plugin therefore cannot check whether the Application deploys to the cluster whose Services are in the ConfigMap.',
    shown: 'once per run by `generate`, and in the annotation `kubernaut.io/toolset-warnings`.',
    remedy:
      "apply manifests/rbac/cluster again, or manifests/rbac/application: both grant `get` on Applications. If the cluster that is read is not Argo CD's own, compare both yourself.",
    guide: 'install.md#which-cluster-is-read',
  },
  EVIDENCE_FORBIDDEN: {
    means:
      "a custom resource or a Pod would tell more about a backend than its Service does, but the program's account may not read it. The values of the Service and the charts' defaults are used.",
    shown:
      'once per run by `generate` and `explain`, with the kinds and the first Services, and in the annotation `kubernaut.io/toolset-warnings`. `doctor` finds the same without a run, as `EvidenceForbidden`.',
    remedy:
      "apply manifests/rbac/evidence (`doctor` has the commands), if the route prefix, TLS or port of these backends differs from their charts' defaults; or set `spec.discovery.evidence: off` to read nothing beyond Services.",
    guide: 'detection.md#evidence-beyond-the-service',
  },
  EVIDENCE_UNAVAILABLE: {
    means:
      'as EVIDENCE_FORBIDDEN, but because the API server did not answer within 2 s or answered with an error, more than 500 objects would have to be read in one run, or an object is larger than 256 KB.',
    shown: 'once per run by `generate` and `explain`. What was found out earlier stays as it was.',
    remedy:
      'nothing, if the next run is without it. Otherwise check the API server. If several objects of one kind cannot be read, the run stops reading that kind.',
    guide: 'detection.md#evidence-beyond-the-service',
  },
  FILE_UNUSED: {
    means:
      'a warning: a file in the folder of the Application has no effect. Its name is similar to that of a file that is read, such as override.yaml; or it is a kustomization, a Helm chart or a plain manifest, which Argo CD does not apply because the plugin replaces its own tools. `validate` also warns of a folder without any file that is read.',
    shown:
      'by `validate`, by `generate` and `explain`, and in the annotation `kubernaut.io/toolset-warnings`, with the name of the file.',
    remedy:
      'rename the file. Put what Argo CD should apply into its own folder, as a second source of the Application or as another Application.',
    guide: 'troubleshooting.md#nothing-fails-and-yet',
  },
  FIRST_QUESTION_UNANSWERED: {
    means:
      'a log, trace or metric store did not show [what a first query of it needs](first-question.md). The store did not answer, its list of names was longer than 512 KB, it answered unlike its product, none of the usual names is its tenant, its list or custom resource has more than 16 tenants, or there are more stores than one run asks. Or `spec.stores` names tenants of another kind than the store has.',
    shown:
      'once per run and cause by `generate` and `explain`, with the Services. What was learned earlier stays; a new backend is added without it.',
    remedy:
      'set the tenant (for VictoriaLogs `account:project`, for others a name), labels or cluster in `spec.stores`, or the tenant in the annotation `kubernaut.io/toolset-tenant` of the Service. With `spec.discovery.firstQuestion: off` no store is asked.',
    guide: 'first-question.md',
  },
  NAMESPACE_CROWDED: {
    means:
      'a warning, the manifest is printed: so many Services of untrusted namespaces look like backends that they would crowd out all others. Those over the limit are left out.',
    shown: "by `dynamic-toolset explain`, and in the log of the plugin's container, with the namespace.",
    remedy:
      'if they are intended, add the namespace to `spec.trust.namespaces`. If not, exclude it in `spec.discovery.namespaces.exclude`, and find out who made them.',
    guide: 'detection.md#who-may-write-services',
  },
  NAME_CLAIMED: {
    means:
      'a warning, the manifest is printed: two Services want one name in a toolset, or two toolsets have names that HolmesGPT treats as the same. The one that is trusted, or was there first, keeps the name; the other is left out.',
    shown: "by `dynamic-toolset explain`, and in the log of the plugin's container, with both Services.",
    remedy:
      'change the annotation `kubernaut.io/toolset-name` of one of them. If you do not know the newcomer, ask who made it.',
    guide: 'detection.md#who-may-write-services',
  },
  NAMESPACE_UNKNOWN: {
    means:
      'a warning, the manifest is printed: a setting names a namespace that the cluster does not have, in `discovery.namespaces.include`, `trust.namespaces`, `detectors.<id>.namespaces`, `stores` or `credentials`; or the policy grants the project no namespace that exists. If the account may not list namespaces, a namespace counts as missing if no Service of it was read. For `exclude`, and for globs beside others that match, it is only a note: such settings often serve many clusters.',
    shown:
      'by `explain`, by `generate` and in the annotation `kubernaut.io/toolset-warnings`, with file:line:column or the parameter of the Application; notes only by `explain`.',
    remedy:
      'correct the name. If the namespace is yet to be created, leave it: the warning stops nothing. If only some clusters have it, let each Application set the [parameter](settings.md#from-the-application) `discovery.namespaces.include`.',
    guide: 'settings.md#specdiscovery',
  },
  NOTHING_DISCOVERED: {
    means:
      'a warning, the manifest is printed: no Service is selected, so the consumer has no data source of this cluster. The settings name namespaces that do not exist, the policy grants none, every backend is unhealthy, or there is no backend.',
    shown:
      'by `generate` and `explain`, by Argo CD as a [Degraded ConfigMap](troubleshooting.md#health-in-argo-cd), by `serve` in its page, API and metrics, and by the alert [DynamicToolsetNothingDiscovered](runbooks/DynamicToolsetNothingDiscovered.md).',
    remedy:
      '`dynamic-toolset explain --all` shows the reason for each Service. Correct `spec.discovery`. If nothing should be discovered, because Git names everything, set `spec.discovery.namespaces.exclude: ["*"]`.',
    guide: 'troubleshooting.md#health-in-argo-cd',
  },
  OVERRIDE_MISDIRECTED: {
    means:
      "with this change in Git, HolmesGPT would send its requests to where nothing answers them. With `grafana_datasource_uid` it queries Grafana's path to a data source below `api_url`. At the URL of a Loki or Tempo itself, or in `grafana/dashboards`, that path does not exist. Without the UID, it queries Grafana itself, which has nothing of Loki's API, and looks like an empty Tempo. A URL with a path of the product's pages or API, such as `/graph` or `/api/v1`, is the same mistake.",
    shown:
      "by `validate` with file:line:column if no `api_url` is beside the UID, by `explain`, and in the log of the plugin's container.",
    remedy:
      'write the URL without such a path; query the store directly, without the UID, or [through Grafana](first-question.md#through-grafana) with both.',
    guide: 'first-question.md#through-grafana',
  },
  OVERRIDE_REJECTED: {
    means:
      'a change in Git that makes HolmesGPT fail a toolset: a toolset that it does not know, a value of the wrong type, an unknown key beside `config`, or a backend that is enabled without what it needs.',
    shown:
      "by `validate` with file:line:column (what needs no cluster), by `explain`, and in the log of the plugin's container.",
    remedy: 'do what the hint says. `validate` in the pull request finds most of these before they are merged.',
    guide: 'overrides.md',
  },
  OVERRIDE_SHADOWED: {
    means:
      'a change in Git that another change replaces. Where one of them is the rule and the other its exception, as for a base and its environment, or a patch for a glob and one for a toolset, that is only a note; for a patch over an override it is a warning.',
    shown: 'by `validate` and `explain`, with the places of both.',
    remedy: 'remove one of the two. Leave a note as it is where both are intended.',
    guide: 'overrides.md',
  },
  OVERRIDE_UNUSED: {
    means:
      'a change in Git without effect: it sets what is already there, removes or patches what does not exist, disables what was not discovered (a note), or configures, without `enabled: true`, what HolmesGPT leaves off.',
    shown: "by `explain`, and in the log of the plugin's container, with file:line:column.",
    remedy:
      'remove it, or correct its name. If it is for a backend that is yet to come, leave it: the warning stops nothing.',
    guide: 'overrides.md',
  },
  RELEASE_DIFFERS: {
    means:
      'another release of HolmesGPT has, names, enables or accepts something differently than the current one. What it would refuse is reported with the code of that refusal instead.',
    shown: 'by `validate` and `diff` with `--target-version`, as a note, with file:line:column.',
    remedy: 'read it before the upgrade: [holmesgpt.md](holmesgpt.md#before-an-upgrade) explains the kinds.',
    guide: 'holmesgpt.md#before-an-upgrade',
  },
  SECRET_INLINE: {
    means:
      'a file in Git contains what looks like a secret. Argo CD keeps manifests in Redis and shows them to people.',
    shown: 'by `validate`, with file:line:column, never with the value.',
    remedy:
      "remove it from Git and have its issuer replace it. Put the new one into the consumer's environment and write `{{ env.NAME }}`. If it is not a secret, end the line with `# pragma: allowlist secret`.",
    guide: 'overrides.md#credentials',
  },
  SECRET_REPLACED: {
    means: 'a value of the live ConfigMap looks like a secret. `adopt` writes a reference into Git instead.',
    shown: 'by `dynamic-toolset adopt`, with the place and the name of the variable.',
    remedy:
      'give the consumer the variable, from a Secret, before you merge. Replace the secret, because readers of the ConfigMap have seen it.',
    guide: 'overrides.md#credentials',
  },
  SERVICE_TOO_LARGE: {
    means:
      "a warning, the manifest is printed: a Service's labels, pod selector, ports and owners have more than 16,384 characters together; each entry counts 64 more, and each term of the selector 256 more. Typical Services have 2,000. The Service is not evaluated, so that no tenant can fill the plugin's memory.",
    shown:
      "by `dynamic-toolset explain`, and in the log of the plugin's container, with the first Services and their size; `serve` logs `services-too-large`.",
    remedy: 'remove what nothing needs from the Service, and find out who wrote it.',
    guide: 'security.md#what-comes-from-the-cluster',
  },
  SETTING_UNUSED: {
    means:
      'a setting in toolset.yaml without effect, such as credentials for which no namespace is trusted, a selector or the name of a Service that matches nothing, or settings of a detector that is off.',
    shown:
      "by `validate`, with file:line:column; what does not match the cluster, by `explain`, and in the log of the plugin's container.",
    remedy: 'what the hint says.',
    guide: 'settings.md',
  },
  TARGET_LEFT_OUT: {
    means:
      'the ConfigMap of one of several targets belongs to another Application, by the tracking id of Argo CD on the live object. It is left as it is; the other targets are printed.',
    shown: 'by `generate`, and in the ConfigMaps of the other targets.',
    remedy: 'give that target another `configMap.name`, or remove the ConfigMap from the other Application first.',
    guide: 'consumers.md#several-targets',
  },
  YAML_AMBIGUOUS: {
    means:
      'a word that means different things in YAML 1.2, which the plugin reads, and in YAML 1.1, which HolmesGPT and others read: `on`, `012`, `1e3`.',
    shown: 'by `validate`, with file:line:column and both meanings.',
    remedy: 'put it in quotes, or write the intended value.',
    guide: 'overrides.md',
  },
};

/** Problems in responses of the HTTP API. */
export const problemTexts: Readonly<Record<ProblemCode, Pick<CodeText, 'means' | 'remedy'>>> = {
  'invalid-request': {
    means:
      'A parameter, the body or the path does not match the API description. `errors` lists each error with a JSON pointer. An unknown parameter is also an error: it could be a misspelt filter.',
    remedy: 'Fix what `errors` lists; `/openapi.json` describes every request.',
  },
  unauthenticated: {
    means:
      "The bearer token is missing or invalid: misspelt, expired, or its account was deleted. For a request of Argo CD's UI: the same, for the secret.",
    remedy:
      'Send `Authorization: Bearer TOKEN` with a token of the cluster: `kubectl create token ACCOUNT`. Argo CD and `--argocd-extension-secret-file` need the same secret.',
  },
  forbidden: {
    means:
      "The token is valid, but RBAC does not grant its account this path with this verb. Or Argo CD's UI requests what it may not read.",
    remedy: 'Add the rule in `detail` to a ClusterRole of that account. It takes effect within 2 seconds.',
  },
  'not-found': {
    means: 'The path, toolset, ConfigMap or Application does not exist.',
    remedy: 'Look it up in the list that `detail` names.',
  },
  'method-not-allowed': {
    means: 'The path exists, but does not allow this method; the header `Allow` lists its methods.',
    remedy: 'Use one of them.',
  },
  'not-acceptable': {
    means: 'The header `Accept` excludes the media type of the response.',
    remedy: 'Accept `application/json`; for events, `text/event-stream`.',
  },
  'request-timeout': {
    means: 'The headers did not arrive within 10 seconds, or the whole request within 30. The connection is closed.',
    remedy: 'Retry; check the network between client and server.',
  },
  'payload-too-large': {
    means: 'The body exceeds 1 MiB. The rest of it is not read.',
    remedy: 'Send a smaller body; `dynamic-toolset validate` validates larger files.',
  },
  'unsupported-media-type': {
    means: 'The body is not `application/json` in UTF-8, or is compressed.',
    remedy: 'Send plain JSON with `Content-Type: application/json`.',
  },
  'too-complex': {
    means:
      'Validating these files takes more than 10 seconds or 64 MB, or what would be generated is refused, as by `dynamic-toolset generate`.',
    remedy: 'Run `dynamic-toolset validate` on the files; narrow the settings.',
  },
  'too-many-requests': {
    means:
      'The account exceeds 200 requests/s (`explain` counts as three, `generate` as ten), 20 requests/s with a body, 4 concurrent requests with a body, or 500 event streams; or its address sent too many invalid tokens. `Retry-After` says how long to wait.',
    remedy: 'Wait; request larger pages, or subscribe to `/api/v1/events` instead of polling.',
  },
  'headers-too-large': {
    means: 'The headers exceed 16 KiB in total. The connection is closed.',
    remedy: 'Send fewer headers; check for cookies that a proxy adds.',
  },
  'internal-error': {
    means: 'A bug in dynamic-toolset.',
    remedy: 'Report it with the log line whose event is `bug`.',
  },
  'cluster-unavailable': {
    means:
      "The Kubernetes API server did not respond to a request for a ConfigMap's data or a token review, or rejected it.",
    remedy: '`detail` says which request failed and why, and names the rule that `serve` lacks, if any.',
  },
  'not-ready': {
    means: 'The cluster has not been listed completely: a partial list would look complete.',
    remedy: 'Retry after a second; `/readyz` says what is missing.',
  },
  overloaded: {
    means:
      'The replica has reached its limit of event streams (1000), concurrent requests with a body (16) or queued validations (8), did not respond within 20 seconds, or is shutting down.',
    remedy: 'Retry after `Retry-After`.',
  },
};
