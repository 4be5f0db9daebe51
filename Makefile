# Towline: the commands of its developers. `make help` lists them.
SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
.PHONY: help build images test test-node run bench fuzz mutation charts format clean

JAVA_HOME := $(shell .mvn/jdk)
export JAVA_HOME
ifeq ($(JAVA_HOME),)
  $(error no JDK found, see above)
endif

MVN := ./mvnw -B -ntp
PREPARE := integration-tests/tools/prepare
VERSION := $(shell sed -n 's/.*<version>\(.*\)<\/version>.*/\1/p' pom.xml | head -n 1)
SOURCES := $(shell find proto hub agent images integration-tests .mvn pom.xml -type f -not -path '*/target/*' -not -name '*.md' 2>/dev/null)
DEMO := $(JAVA_HOME)/bin/java -cp 'integration-tests/target/classes:integration-tests/target/lib/*'

help: ## list the commands
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/  make \1\t\2/p' $(MAKEFILE_LIST) | expand -t 20

build: .run/built ## compile and package hub, agent and the command line

.run/built: $(SOURCES)
	@echo "building with $$($(JAVA_HOME)/bin/javac -version 2>&1): about two minutes the first time"
	$(MVN) -q package -DskipTests
	@mkdir -p $(@D) && touch $@

# GRAALVM_HOME adds the agent as a native program; SOURCE_DATE_EPOCH takes the place of the commit's time.
images: build ## make the container images of hub and agent as tar files, without a registry
	$(MVN) -q org.cyclonedx:cyclonedx-maven-plugin:makeBom -pl proto,hub,agent
	@rm -f agent/target/*-runner
	@if [ -n "$${GRAALVM_HOME:-}" ]; then \
	  echo "building the native agent with $$GRAALVM_HOME: minutes"; \
	  $(MVN) -q package -DskipTests -Dnative -pl proto,agent; fi
	@kustomize=$$($(PREPARE) kustomize) && $(JAVA_HOME)/bin/java -cp 'images/target/classes:images/target/lib/*' \
	  io.towline.images.Images checkout=. output=images/target/images \
	  kustomize=$${kustomize#*=} "kustomize-version=$$($${kustomize#*=} version)" \
	  native-agent=$$(ls agent/target/*-runner 2> /dev/null || true) version=$(VERSION) \
	  revision=$$(git describe --always --abbrev=40 --match= --dirty) \
	  epoch=$${SOURCE_DATE_EPOCH:-$$(git log -1 --format=%ct)}

test: ## run every test, on real control planes too, and say what was skipped
	@missing=$$(.ci/needs | paste -sd ' '); [ -z "$$missing" ] || \
	  echo "not installed, so that tests fail or are skipped: $$missing" >&2
	@mkdir -p .run && touch .run/test-began
	$(PREPARE) > .run/tools
	$(MVN) verify || { .ci/summary .run/test-began; exit 1; }
	@touch .run/built
	@.ci/summary .run/test-began

test-node: images ## install the images by their charts on a real kubelet and containerd; needs root
	@mkdir -p .run && touch .run/test-began
	$(PREPARE) kubelet kube-proxy waiter helm etcd kube-apiserver kube-controller-manager kube-scheduler > /dev/null
	$(MVN) test -pl proto,hub,images,integration-tests -Dtests.only=node -Dtests.not=none \
	  -Dtest='RealNode*' -Dsurefire.failIfNoSpecifiedTests=false || { .ci/summary .run/test-began; exit 1; }
	@.ci/summary .run/test-began

run: build ## a hub and a small fleet on this machine, to try things on; Ctrl-C takes it down
	@$(PREPARE) > .run/tools
	@exec $(DEMO) io.towline.demo.Demo

bench: build ## measure speed and size of production code; PARTS="handshakes verification" for some of it
	@$(PREPARE) > .run/tools
	@exec $(DEMO) io.towline.bench.Bench $(PARTS)

fuzz: ## search for bytes that break a parser, FUZZ_SECONDS=60 a target; TARGETS=words narrows it
	@.ci/fuzz $(TARGETS)

mutation: ## change what verifies and enrols, and say which changes no test notices; an hour
	nice -n 19 $(MVN) -q process-test-classes -Pmutation -fae -pl proto,hub,agent

charts: build ## write the charts' schemas and value tables anew from their values.yaml
	@$(DEMO) io.towline.charts.ChartReference

format: ## format all Java sources
	$(MVN) -q spotless:apply

clean: ## remove what the build made; caches outside the checkout stay
	$(MVN) -q clean
	rm -rf .run
