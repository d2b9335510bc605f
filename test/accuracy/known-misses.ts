/** What discovery gets wrong in the corpus, by `stack service`, and why that stays. Whatever else is wrong is a bug. */
export const knownMisses: Readonly<Record<string, string>> = {
  'tempostack-gateway tempo-mt-gateway':
    "the gateway answers below a path with the tenant's name, which only the TempoStack says: an annotation names it",
  'openshift-uwm prometheus-operated':
    'its pods listen on their loopback address alone: nothing in the Service says so, the health check finds out',
};
