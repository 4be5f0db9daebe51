//go:build tools

// Package tools pins the programs that the prepare script builds from source.
package tools

import (
	_ "sigs.k8s.io/kustomize/kustomize/v5"
)
