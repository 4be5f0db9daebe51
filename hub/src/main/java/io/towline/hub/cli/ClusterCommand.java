package io.towline.hub.cli;

import picocli.CommandLine.Command;

/** What Git does not declare: which clusters there are. */
@Command(
    name = "cluster",
    description = "Register clusters, look at them and let them go.",
    synopsisSubcommandLabel = "COMMAND")
final class ClusterCommand {}
