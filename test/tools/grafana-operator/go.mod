module dynamic-toolset.test/tools/grafana-operator

go 1.24.0

require github.com/grafana/grafana-operator/v5 v5.19.4
