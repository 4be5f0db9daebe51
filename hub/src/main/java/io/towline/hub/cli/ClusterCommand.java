package io.towline.hub.cli;

import picocli.CommandLine.Command;

/** What Git does not declare: which clusters there are. */
@Command(
    name = "cluster",
    description = "Register clusters and list them.",
    synopsisSubcommandLabel = "COMMAND")
final class ClusterCommand {}
