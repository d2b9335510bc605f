module dynamic-toolset.test/tools/registry

go 1.26.3

tool github.com/google/go-containerregistry/cmd/registry

require github.com/google/go-containerregistry v0.22.1 // indirect
