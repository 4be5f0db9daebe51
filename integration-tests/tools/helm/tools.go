//go:build tools

// Package tools pins the programs that the prepare script builds from source.
package tools

import (
	_ "helm.sh/helm/v4/cmd/helm"
)
