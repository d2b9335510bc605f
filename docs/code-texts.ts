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
    shown: 'as condition of the Application if plugin.yaml has the mistake, otherwise at your terminal.',
    remedy: '`dynamic-toolset --help` lists commands and flags. For a plugin look at `generate` in plugin.yaml.',
    guide: 'cli.md#commands',
  },
  NODE_TOO_OLD: {
    means: 'the program was started by a Node.js older than `engines` in package.json allows.',
    shown:
      'at your terminal or in the log of the workflow, in one line; the container image brings a Node.js of its own.',
    remedy: 'install the version that the message names, or run the container image.',
    guide: 'install.md',
  },
  FILE_UNREADABLE: {
    means:
      "a file is there and cannot be read: no permission, not UTF-8, over 1 MB, a link that leads out of the Application's path, a folder, or a `.yml` where `.yaml` is read; or the files of the Application are past one of the [limits](security.md#limits-of-what-comes-from-git) of all of them together. Also a policy that is not mounted.",
    shown: "as condition of the Application, with the file's name and for UTF-8 the line and column.",
    remedy: "what the hint says to the file in Git. For `--policy` look at the volumes of the plugin's container.",
    guide: 'security.md#limits-of-what-comes-from-git',
  },
  SETTINGS_INVALID: {
    means: 'toolset.yaml, or the policy, is not valid YAML or contains an unknown setting.',
    shown: 'as condition of the Application: one line for each mistake (the first fifty), with file:line:column.',
    remedy:
      'fix the lines that are named; [settings.md](settings.md) lists every setting. A typo stops everything on purpose: ignored, it would silently change what is discovered.',
    guide: 'settings.md',
  },
  PARAMETERS_INVALID: {
    means:
      'the Application sets something in `spec.source.plugin` that is unknown, has a wrong value, or may only be said by toolset.yaml.',
    shown:
      "as condition of the Application: one line for each mistake (the first five), with the name of the parameter or variable. Argo CD's UI goes on showing the parameters, so that they can be fixed there.",
    remedy:
      'fix it in the Application, or in the ApplicationSet that makes it; [settings.md](settings.md#from-the-application) lists what may be set.',
    guide: 'settings.md#from-the-application',
  },
  OVERRIDES_INVALID: {
    means:
      'overrides.yaml is not valid YAML, or does not have the shape `toolsets: {NAME: {…}}`, `mcp_servers: {NAME: {…}}`.',
    shown: 'as condition of the Application, with file:line:column.',
    remedy:
      'fix that line. `null` removes a toolset; tags, merge keys (`<<`) and keys that are not strings are not accepted.',
    guide: 'overrides.md',
  },
  PATCHES_INVALID: {
    means: 'patches.yaml is not valid YAML, or not a list of `{target, patch, optional}` with operations of RFC 6902.',
    shown: 'as condition of the Application, with file:line:column of each mistake.',
    remedy: 'fix those lines; [overrides.md](overrides.md) shows the shape.',
    guide: 'overrides.md',
  },
  PATCH_FAILED: {
    means:
      'an operation of patches.yaml does not apply to a toolset: nothing stands at its path, or a `test` found another value. Nothing is printed: half a patch would be a state that neither Git nor the cluster defines.',
    shown: "as condition of the Application, with the operation's place and the toolset's name.",
    remedy:
      '`dynamic-toolset explain --toolset NAME` shows what stands there. Where the toolset looks different from time to time, set `optional: true` on the patch.',
    guide: 'overrides.md',
  },
  OVERRIDE_CONFLICT: {
    means:
      '`spec.overrides.conflict` is `error`, and a change in Git has no effect, is replaced by another one, or is one that the consumer rejects.',
    shown: 'as condition of the Application, each with file:line:column and what to do.',
    remedy:
      'fix the lines. With `conflict: warn` the manifest is printed all the same, and the same lines are warnings.',
    guide: 'overrides.md',
  },
  LIVE_UNREADABLE: {
    means:
      '`adopt` needs the live ConfigMap, and it is not there, or its data is not a toolset file. Or the snapshot that `adopt` or `diff` works on holds only a part of its data (DATA_WITHHELD).',
    shown: 'at your terminal.',
    remedy: 'see that `spec.target` names it (name, namespace, key, format), and that the snapshot holds its data.',
    guide: 'cli.md#adopt',
  },
  SNAPSHOT_INVALID: {
    means: 'the file of `--snapshot` cannot be read, holds no Kubernetes objects, or two versions of one.',
    shown: 'at your terminal: Argo CD never uses `--snapshot`.',
    remedy:
      'record one: `dynamic-toolset snapshot > cluster.json`, or `kubectl get svc,endpointslices,ns,cm -A -o yaml`.',
    guide: 'cli.md#snapshot',
  },
  KUBECONFIG_INVALID: {
    means:
      'the kubeconfig cannot be read, lacks the context, or names no https server. In a Pod: no service account token is mounted.',
    shown: 'as condition of every Application that uses the plugin, or at your terminal.',
    remedy:
      "in a Pod see that the plugin's container mounts its token, as [manifests/sidecar](../manifests/sidecar) has it: `dynamic-toolset doctor` tells. Elsewhere try `kubectl --context NAME get ns`.",
    guide: 'install.md',
  },
  CLUSTER_UNKNOWN: {
    means: 'another cluster is asked for by a name that the platform has set up no access for.',
    shown: 'as condition of the Application, with the names that its project may use.',
    remedy:
      'correct the name in `--cluster`, the parameter `cluster` or `spec.cluster`; or a platform administrator mounts a kubeconfig of that name into the folder of `--clusters`.',
    guide: 'clusters.md',
  },
  CLUSTER_ACCESS_INVALID: {
    means:
      'what says how to reach another cluster cannot be used: it is incomplete, names a file outside of its folder, or asks for what the platform has not allowed, such as a command or an unverified server.',
    shown: 'as condition of the Application, with the file. No value of it is shown.',
    remedy: 'a platform administrator corrects that file; [clusters.md](clusters.md) lists what may stand in it.',
    guide: 'clusters.md#what-a-kubeconfig-may-say',
  },
  GIT_MISSING: {
    means: '`propose` cannot start git.',
    shown: 'at your terminal or in the log of the Job.',
    remedy: 'install git 2.34 or newer, or run the image that has it.',
    guide: 'propose.md#where-it-runs',
  },
  REPOSITORY_INVALID: {
    means:
      'the repository of `propose` has no commit or not the branch of `--base`, or what `--file` or `--settings` names is a link, a submodule, a folder or not UTF-8.',
    shown: 'at your terminal or in the log of the Job, with the name of the branch or the path.',
    remedy:
      'name a branch that is there, and a regular file in folders of the repository itself: links and submodules are not followed.',
    guide: 'propose.md#what-is-written',
  },
  VALUES_INVALID: {
    means:
      'the value under `--key` cannot be written: the values file is not valid YAML or has two documents, the key leads through a list, a text, an alias or a merge key, or another part of the file repeats it by an anchor.',
    shown: 'at your terminal or in the log of the Job, with file:line:column.',
    remedy: 'correct that line, or name another key.',
    guide: 'propose.md#a-key-of-a-values-file',
  },
  CLUSTER_UNAUTHORIZED: {
    means:
      "the API server does not know the credential (401), or there is none to be had: the exec plugin, token file or OIDC of the kubeconfig's user failed.",
    shown: 'as condition of every Application that uses the plugin.',
    remedy:
      'restart the repo-server Pod for a new token; if that does not help, see that its service account still exists.',
    guide: 'troubleshooting.md#what-argo-cd-shows',
  },
  CLUSTER_FORBIDDEN: {
    means:
      'the service account may not read something that discovery needs (403). Nothing is printed: a list that lacks a namespace would read as if its backends were gone.',
    shown: 'as condition of every Application that uses the plugin; the message names verb, resource and namespace.',
    remedy:
      'the hint is the RBAC rule that is missing: add it to the Role or ClusterRole of the plugin. Or read less: name the namespaces in `spec.discovery.namespaces.include`, then a Role in each is enough.',
    guide: 'install.md#what-each-permission-is-for',
  },
  GIT_UNAUTHORIZED: {
    means:
      'the repository refuses the credential, does not exist for it, or has a host key that `--known-hosts-file` does not have.',
    shown: 'at your terminal or in the log of the Job, with what git said.',
    remedy:
      'look at `--git-token-file`, or at `--ssh-key-file` and `--known-hosts-file`: the account must be allowed to read and push.',
    guide: 'propose.md#credentials',
  },
  PUSH_REFUSED: {
    means:
      'the repository can be read and takes no push: a rule protects the branch, a hook of the server declines it, the account may not write, or a branch `dynamic-toolset` leaves no room for `dynamic-toolset/*`.',
    shown: 'at your terminal or in the log of the Job, with what the server said. Nothing has changed.',
    remedy:
      'leave the branches `dynamic-toolset/*` out of the rule, or allow the account to push them; where references other than branches are refused, use `--state-file`. Delete or rename a branch `dynamic-toolset`, or use `--branch`.',
    guide: 'propose.md#credentials',
  },
  CLUSTER_UNREACHABLE: {
    means: 'no connection to the API server: DNS, network policy, TLS, or it is down.',
    shown: "as condition of every Application that uses the plugin, with the address and the system's reason.",
    remedy:
      'if kubectl fails too, it is the API server. If not, look at network policies around the repo-server; where the reason is a certificate, at the CA of the kubeconfig.',
    guide: 'troubleshooting.md',
  },
  CLUSTER_FAILED: {
    means: 'the API server answered with an error (5xx, 429), or its list expired twice while it was read (410).',
    shown: "as condition of the Application, with the status and the API server's own words.",
    remedy: "mostly nothing: the next refresh tries again. If it stays, look at the API server's load and log.",
    guide: 'reliability.md',
  },
  CLUSTER_RESPONSE_INVALID: {
    means:
      "what answers at the API server's address is not an API server, such as a login page, a proxy or a very old version; or its list contradicts itself: another kind or namespace, pages of different versions, an object twice, fewer objects than it says, no end.",
    shown: 'as condition of the Application, with the beginning of the answer or what is wrong with the list.',
    remedy: 'open the address of the kubeconfig with curl and see who answers, and what stands between.',
    guide: 'troubleshooting.md',
  },
  CLUSTER_RESOURCE_MISSING: {
    means:
      "the API server does not know what `serve` wants to watch (404): mostly Argo CD's Applications, where Argo CD is not installed in this cluster.",
    shown: 'by `serve`, in its log and at `/readyz`, which stays 503; it is looked for again, at least every 30 s.',
    remedy:
      "install Argo CD's custom resource definitions, or name the right cluster with `--kubeconfig` and `--context`.",
    guide: 'serve.md#install',
  },
  DEADLINE_EXCEEDED: {
    means:
      'the cluster could not be read within `--deadline` (45 s), or what Git holds could not be worked through. Backends that are slow to answer are not the reason: they only count as unhealthy.',
    shown: 'as condition of the Application, with what was being read or done.',
    remedy:
      "look why the API server is slow, or make the files smaller. A longer `--deadline` helps only below Argo CD's own limit for plugins.",
    guide: 'reliability.md',
  },
  ARGOCD_FAILED: {
    means:
      "Argo CD's API cannot be reached, or does not do what `serve` asks: the token is not valid, or the account may not `get` or `sync` the Application.",
    shown: 'in the log of `serve`, event `request-failed`; the Application stays out of date until it is fixed.',
    remedy: 'what the hint says; `argocd account can-i sync applications PROJECT/NAME` tells what the account may do.',
    guide: 'serve.md#two-ways-to-ask',
  },
  GIT_UNREACHABLE: {
    means:
      'the repository did not answer, or not before the deadline: the network, its name, its certificate or a proxy.',
    shown: 'at your terminal or in the log of the Job, with what git said.',
    remedy:
      'check the way from the Pod to the repository, `--git-ca-file` for a CA of your own, and `--deadline`. The next run tries again.',
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
      'another writer changed or deleted the branch of the proposal each of four times while it was to be pushed, or the base while settings were to be read from it.',
    shown: 'at your terminal or in the log of the Job. Nothing is overwritten.',
    remedy: 'let one proposer run for each target: `concurrencyPolicy: Forbid`.',
    guide: 'propose.md#two-proposers',
  },
  FORGE_FAILED: {
    means: 'the API of the forge refused a request about the pull request or did not answer. The branch is pushed.',
    shown: 'at your terminal or in the log of the Job, with the request and its status.',
    remedy:
      'check `--forge-token-file`, whose account must be allowed to write pull requests, and `--forge-url`. The next run tries again.',
    guide: 'propose.md#the-pull-request',
  },
  POLICY_DENIED: {
    means:
      "the platform has set a policy, and it has no rule for the Application's project, or none that lets it read the cluster that it names. Without a policy: another cluster is named by toolset.yaml or the Application.",
    shown: "as condition of the Application, with the project's name.",
    remedy:
      'a platform administrator adds `spec.projects.NAME`, or `clusters` there, to the policy that is mounted into the plugin; or the Application moves to a project that has a rule. No change in Git helps.',
    guide: 'security.md#several-teams-with-one-argo-cd',
  },
  WRONG_CLUSTER: {
    means:
      "the Application deploys to another cluster than the one that the plugin reads, which is Argo CD's own: its ConfigMap would name backends that are not there.",
    shown: 'as condition of the Application, with both clusters. Nothing is printed, so nothing is changed.',
    remedy:
      "set `spec.destination` of the Application to Argo CD's own cluster. If Argo CD has another name or address for that very cluster, as `argocd cluster list` shows, a platform administrator adds `--own-cluster` with it to the command in plugin.yaml.",
    guide: 'install.md#which-cluster-is-read',
  },
  TARGET_OWNED: {
    means:
      'the ConfigMap that would be printed belongs to another Application, by the tracking id of Argo CD on the live object. Two Applications that print one object would overwrite it in turns.',
    shown: 'as condition of the Application, with the name of the other one.',
    remedy:
      'give `spec.target.configMap` another name, or remove the ConfigMap from the other Application first, without pruning it. One that was deleted owns nothing, where the plugin may `get` Applications; else remove the annotation `argocd.argoproj.io/tracking-id` from the ConfigMap.',
    guide: 'consumers.md#several-targets',
  },
  WORK_TOO_LARGE: {
    means:
      'what Git holds takes more memory than one run may take, so that it was ended before other Applications were harmed. The [limits](security.md#limits-of-what-comes-from-git) are meant to refuse such files earlier, with their line.',
    shown: 'as condition of the Application, with what was being done.',
    remedy: 'make the files smaller, or narrow `spec.discovery.namespaces`.',
    guide: 'security.md#limits-of-what-comes-from-git',
  },
  BRANCH_EDITED: {
    means: 'people have committed to the branch of the proposal, and discovery now says something else.',
    shown: 'at your terminal or in the log of the Job, at each run until it is settled. Nothing is overwritten.',
    remedy: 'merge the branch, or delete it: the next run then proposes anew.',
    guide: 'propose.md#one-branch-for-each-target',
  },
  REPOSITORY_TOO_LARGE: {
    means:
      'the newest commit of the repository takes more than 512 MB to download, `--file` has more than 1 MB, or `--settings` more than 50 files.',
    shown: 'at your terminal or in the log of the Job.',
    remedy:
      'propose to another repository or file, or to one whose server supports partial clones, so that files are not downloaded.',
    guide: 'propose.md#a-hostile-repository',
  },
  OUTPUT_TOO_LARGE: {
    means:
      "the ConfigMap would be over 900 KB, of which Kubernetes takes 1 MB, or Git's settings over 40 KB in its annotations, of which Kubernetes takes 256 KB.",
    shown: 'as condition of the Application, with the three largest toolsets.',
    remedy:
      'narrow `spec.discovery.namespaces`, set `spec.discovery.instances: best`, or shorten overrides.yaml; for the annotations, shorten the templates of `spec.customDetectors`.',
    guide: 'settings.md#specdiscovery',
  },
  OUTPUT_INVALID: {
    means:
      'HolmesGPT would refuse the file or read it wrong: nothing is left in it, a key has a dot, or a text from the cluster holds a template (`{{`), which could draw secrets out of the consumer.',
    shown: 'as condition of the Application, with the key or the Service.',
    remedy:
      'rename the key in overrides.yaml; keep at least one toolset. For a template look who made that Service, and why.',
    guide: 'holmesgpt.md',
  },
  OUTPUT_UNWRITABLE: {
    means:
      'stdout was closed before all of the manifest was written, or the disk behind it is full; or a file that `adopt --write` or `propose --state-file` is to write cannot be written, which the message names.',
    shown: "in the log of the plugin's container, or at your terminal.",
    remedy:
      'see whether Argo CD ended the plugin for its timeout, or what the output is piped into. Nothing half-written is used.',
    guide: 'troubleshooting.md',
  },
  BUG: {
    means: 'an unexpected failure (exit code 70).',
    shown: 'as condition of the Application, with a stack.',
    remedy:
      'report it with that text, and if you can with the output of `dynamic-toolset snapshot`, which holds no secrets.',
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
    means: 'a key in overrides that this version of HolmesGPT passes over without a word: the setting has no effect.',
    shown: "by `validate` with file:line:column, by `explain`, and in the log of the plugin's container.",
    remedy:
      'take the key that is suggested. Where it is there only from another version on, see `spec.target.version`.',
    guide: 'overrides.md',
  },
  CREDENTIAL_MISSING: {
    means:
      'a warning, the manifest is printed: a toolset stands in it disabled, for its backend asks for a credential and none is named for it.',
    shown: "by `dynamic-toolset explain`, and in the log of the plugin's container.",
    remedy:
      "copy what it says into toolset.yaml (or what else the toolset [takes](overrides.md#credentials)), and define the variable in HolmesGPT's environment.",
    guide: 'overrides.md#credentials',
  },
  CREDENTIAL_WITHHELD: {
    means:
      'a warning, the manifest is printed: overrides.yaml adds a credential to a toolset, and an untrusted Service would have got it. It does not.',
    shown: "by `dynamic-toolset explain`, and in the log of the plugin's container, with the Services.",
    remedy:
      'if they may have it, add their namespaces to `spec.trust.namespaces`; otherwise name the endpoint as well in the override.',
    guide: 'overrides.md#credentials',
  },
  DATA_WITHHELD: {
    means:
      '`snapshot` recorded the ConfigMap without a part of its data: a hand edit of it looks like a secret or is not YAML, or dynamic-toolset did not generate the ConfigMap. All else is recorded.',
    shown:
      'by `snapshot`, with key, line and reason. `diff` and `adopt` refuse such a snapshot; `generate` and `explain` need no data.',
    remedy:
      'nothing, if it is for `generate` or `explain`. Otherwise take the secret out of the ConfigMap, or give `diff` and `adopt` the cluster itself or what kubectl prints.',
    guide: 'cli.md#snapshot',
  },
  EDIT_INEXPRESSIBLE: {
    means:
      '`adopt` cannot write an edit of the live ConfigMap as an override: a `null` inside a map, which in an override removes; something that a patch in Git changes again; a credential that would be withheld; what no file of overrides may hold, such as a number that is not kept exactly. Or the live ConfigMap holds more than toolsets.',
    shown: 'at your terminal, with the place; the rest is printed, and the exit code is 1.',
    remedy: 'make that change by hand, where the warning says.',
    guide: 'cli.md#adopt',
  },
  DESTINATION_UNCHECKED: {
    means:
      'the Application may not be read, or is not in the cluster that is read, so it is not checked whether it deploys to the cluster whose Services are in the ConfigMap.',
    shown: 'once per run by `generate`, and in the annotation `kubernaut.io/toolset-warnings`.',
    remedy:
      "apply manifests/rbac/cluster anew, or manifests/rbac/application, which grant `get` on Applications; where Argo CD's own cluster is not the one that is read, compare both yourself.",
    guide: 'install.md#which-cluster-is-read',
  },
  EVIDENCE_FORBIDDEN: {
    means:
      "something points at a custom resource or a Pod that says more of a backend than its Service does, and the program's account may not read it. What the Service says, and the charts' defaults, stand.",
    shown:
      'once per run by `generate` and `explain`, with the kinds and the first Services, and in the annotation `kubernaut.io/toolset-warnings`. `doctor` finds the same without a run, as `EvidenceForbidden`.',
    remedy:
      "apply manifests/rbac/evidence (`doctor` has the commands), if the route prefix, TLS or port of these backends differs from their charts' defaults; or set `spec.discovery.evidence: off`, and nothing beyond Services is read.",
    guide: 'detection.md#evidence-beyond-the-service',
  },
  EVIDENCE_UNAVAILABLE: {
    means:
      'the same, where the API server did not answer within 2 s or answered with an error, more than 500 objects would have to be read in one run, or an object has more than 256 KB.',
    shown: 'once per run by `generate` and `explain`. What was found out earlier stays as it was.',
    remedy:
      'nothing, if it is gone with the next run. Otherwise look at the API server; several objects of one kind that cannot be read end the reading of that kind for the run.',
    guide: 'detection.md#evidence-beyond-the-service',
  },
  FILE_UNUSED: {
    means:
      'a warning: a file in the folder of the Application comes to nothing. Its name is nearly that of a file that is read, such as override.yaml; or it is a kustomization, a Helm chart or a plain manifest, which Argo CD does not apply, for the plugin takes the place of its own tools. `validate` warns too of a folder without any file that is read.',
    shown:
      'by `validate`, by `generate` and `explain`, and in the annotation `kubernaut.io/toolset-warnings`, with the name of the file.',
    remedy:
      'rename the file. What Argo CD is to apply goes into a folder of its own, as a second source of the Application or as another Application.',
    guide: 'troubleshooting.md#nothing-fails-and-yet',
  },
  FIRST_QUESTION_UNANSWERED: {
    means:
      'a log, trace or metric store was asked [what a first query of it needs](first-question.md), and did not tell: no answer, a list of names longer than 512 KB, something else than the product answers, a tenant that none of the usual names is, more than 16 tenants in its list or its custom resource, or more stores than are asked in one run; or `spec.stores` names tenants of another kind than the store has.',
    shown:
      'once per run and cause by `generate` and `explain`, with the Services. What was learned earlier stays as it was; a new backend enters without it.',
    remedy:
      'name tenant (of VictoriaLogs `account:project`, of others a name), labels or cluster in `spec.stores`, or the tenant in the annotation `kubernaut.io/toolset-tenant` of the Service; `spec.discovery.firstQuestion: off` asks nothing.',
    guide: 'first-question.md',
  },
  NAMESPACE_CROWDED: {
    means:
      'a warning, the manifest is printed: so many Services of untrusted namespaces look like backends that they would crowd out all others. Those over the limit are left out.',
    shown: "by `dynamic-toolset explain`, and in the log of the plugin's container, with the namespace.",
    remedy:
      'if they are meant, add the namespace to `spec.trust.namespaces`; if not, exclude it in `spec.discovery.namespaces.exclude`, and look who made them.',
    guide: 'detection.md#who-may-write-services',
  },
  NAME_CLAIMED: {
    means:
      'a warning, the manifest is printed: two Services want one name in a toolset, or two toolsets have names that HolmesGPT takes for the same. The one that is trusted, or was there first, keeps it; the other is left out.',
    shown: "by `dynamic-toolset explain`, and in the log of the plugin's container, with both Services.",
    remedy:
      'change the annotation `kubernaut.io/toolset-name` of one of them. If you do not know the newcomer, ask who made it.',
    guide: 'detection.md#who-may-write-services',
  },
  NAMESPACE_UNKNOWN: {
    means:
      'a warning, the manifest is printed: a setting names a namespace that the cluster does not have, in `discovery.namespaces.include`, `trust.namespaces`, `detectors.<id>.namespaces`, `stores` or `credentials`; or the policy grants the project none that there is. Where the account may not list namespaces, it is one of which no Service was read. Of `exclude`, and of globs beside others that match, it is a note: such settings often serve many clusters.',
    shown:
      'by `explain`, by `generate` and in the annotation `kubernaut.io/toolset-warnings`, with file:line:column or the parameter of the Application; notes by `explain` alone.',
    remedy:
      'correct the name. Where it is yet to be created, leave it: it stops nothing. Where only some clusters have it, let each Application set the [parameter](settings.md#from-the-application) `discovery.namespaces.include`.',
    guide: 'settings.md#specdiscovery',
  },
  NOTHING_DISCOVERED: {
    means:
      'a warning, the manifest is printed: no Service is selected, so that the consumer has no data source of this cluster. The settings look in namespaces that there are not, the policy grants none, everything is unhealthy, or there is no backend.',
    shown:
      'by `generate` and `explain`, by Argo CD as a [Degraded ConfigMap](troubleshooting.md#health-in-argo-cd), by `serve` in its page, API and metrics, and by the alert [DynamicToolsetNothingDiscovered](runbooks/DynamicToolsetNothingDiscovered.md).',
    remedy:
      '`dynamic-toolset explain --all` has the reason for each Service. Correct `spec.discovery`. Where nothing is to be discovered, since Git names everything, say so with `spec.discovery.namespaces.exclude: ["*"]`.',
    guide: 'troubleshooting.md#health-in-argo-cd',
  },
  OVERRIDE_MISDIRECTED: {
    means:
      "with this change in Git HolmesGPT would send its requests where nothing answers them. `grafana_datasource_uid` has it ask `api_url` for Grafana's path to a data source: over the URL of a Loki or Tempo itself, or in `grafana/dashboards`, that path leads nowhere. Without the UID Grafana itself is asked: it has nothing of Loki's, and passes for a Tempo that is empty.",
    shown:
      "by `validate` with file:line:column where no `api_url` is beside the UID, by `explain`, and in the log of the plugin's container.",
    remedy:
      'ask the store directly, without the UID, or [through Grafana](first-question.md#through-grafana) with both.',
    guide: 'first-question.md#through-grafana',
  },
  OVERRIDE_REJECTED: {
    means:
      'a change in Git that HolmesGPT would fail: a toolset that it does not know, a value of the wrong type, an unknown key beside `config`, a backend that is enabled without what it needs.',
    shown:
      "by `validate` with file:line:column (what needs no cluster), by `explain`, and in the log of the plugin's container.",
    remedy: 'what the hint says. `validate` in the pull request finds most of it before it is merged.',
    guide: 'overrides.md',
  },
  OVERRIDE_SHADOWED: {
    means:
      'a change in Git that another one replaces. For two files of overrides, a base and its environment, that is in order and a note; for a patch over an override it is a warning.',
    shown: 'by `validate` and `explain`, with the places of both.',
    remedy: 'remove one of the two.',
    guide: 'overrides.md',
  },
  OVERRIDE_UNUSED: {
    means:
      'a change in Git that changes nothing: it says what is there already, removes or patches what is not there, disables what was not discovered, or says something of what HolmesGPT leaves off without `enabled: true`.',
    shown: "by `explain`, and in the log of the plugin's container, with file:line:column.",
    remedy: 'remove it, or correct its name. Where it waits for a backend to come, leave it: it stops nothing.',
    guide: 'overrides.md',
  },
  RELEASE_DIFFERS: {
    means:
      'another release of HolmesGPT has, calls, enables or takes something otherwise than the present one. What it would refuse is told by the code of that refusal instead.',
    shown: 'by `validate` and `diff` with `--target-version`, as a note, with file:line:column.',
    remedy: 'read it before the upgrade: [holmesgpt.md](holmesgpt.md#before-an-upgrade) explains the kinds.',
    guide: 'holmesgpt.md#before-an-upgrade',
  },
  SECRET_INLINE: {
    means: 'a file in Git holds what looks like a secret. Argo CD keeps manifests in Redis and shows them to people.',
    shown: 'by `validate`, with file:line:column, never with the value.',
    remedy:
      "take it out of Git and replace it at its issuer; put the new one into the consumer's environment and write `{{ env.NAME }}`. If it is none, end the line with `# pragma: allowlist secret`.",
    guide: 'overrides.md#credentials',
  },
  SECRET_REPLACED: {
    means: 'a value of the live ConfigMap looks like a secret. `adopt` writes a reference into Git instead of it.',
    shown: 'by `dynamic-toolset adopt`, with the place and the name of the variable.',
    remedy:
      'give the consumer the variable, from a Secret, before you merge; and replace the secret, which readers of the ConfigMap have seen.',
    guide: 'overrides.md#credentials',
  },
  SERVICE_TOO_LARGE: {
    means:
      "a warning, the manifest is printed: a Service's labels, pod selector, ports and owners have more than 16,384 characters together, each entry counting 64 more and a term of the selector 256; usual ones have 2,000. It is not evaluated, so that no tenant can fill the plugin's memory.",
    shown:
      "by `dynamic-toolset explain`, and in the log of the plugin's container, with the first Services and their size; `serve` logs `services-too-large`.",
    remedy: 'remove what nothing needs from the Service, and look who wrote it.',
    guide: 'security.md#what-comes-from-the-cluster',
  },
  SETTING_UNUSED: {
    means:
      'a setting in toolset.yaml that comes to nothing, such as credentials for which no namespace is trusted, a selector that nothing has the labels of, or settings of a detector that is off.',
    shown: 'by `validate`, with file:line:column.',
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
      'a word that YAML 1.2, which is read here, and YAML 1.1, which HolmesGPT and others read, understand differently: `on`, `012`, `1e3`.',
    shown: 'by `validate`, with file:line:column and both meanings.',
    remedy: 'put it in quotes, or write what you mean.',
    guide: 'overrides.md',
  },
};

/** Problems in responses of the HTTP API. */
export const problemTexts: Readonly<Record<ProblemCode, Pick<CodeText, 'means' | 'remedy'>>> = {
  'invalid-request': {
    means:
      'A parameter, the body or the path does not match the API description. `errors` lists each fault with a JSON pointer. An unknown parameter is a fault as well: it could be a misspelt filter.',
    remedy: 'Fix what `errors` lists; `/openapi.json` describes every request.',
  },
  unauthenticated: {
    means:
      "The bearer token is missing or invalid: misspelt, expired, or its account was deleted. Of a request of Argo CD's UI: the secret.",
    remedy:
      'Send `Authorization: Bearer TOKEN` with a token of the cluster: `kubectl create token ACCOUNT`. Argo CD and `--argocd-extension-secret-file` need the same secret.',
  },
  forbidden: {
    means:
      "The token is valid, but RBAC does not grant its account this path with this verb. Or Argo CD's UI asks for what it may not.",
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
