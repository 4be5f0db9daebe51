package io.towline.hub.cli;

import picocli.CommandLine.Command;

/** What a person decides of a source. */
@Command(
    name = "source",
    description = "Decide about sources.",
    synopsisSubcommandLabel = "COMMAND")
final class SourceCommand {}
