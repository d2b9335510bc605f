#!/bin/sh
# What the image starts. Argo CD's repo-server shares its plugin server with the sidecar by a volume: there it is the server that
# runs, with the flags that the Pod gives it, and it runs what plugin.yaml says. Everywhere else, and with a command such as
# `explain`, it is the program.
server=/var/run/argocd/argocd-cmp-server
case "${1-}" in
  '' | -*)
    if [ -x "$server" ]; then exec "$server" "$@"; fi
    ;;
esac
exec dynamic-toolset "$@"
