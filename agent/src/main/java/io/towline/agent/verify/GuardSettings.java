package io.towline.agent.verify;

import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;

/**
 * That every rail which the owner wrote down counts. The configuration itself refuses a misspelt
 * property of a file, but passes over a misspelt variable and over a file that is not there: an
 * agent would run without the rails that somebody relies on.
 */
public final class GuardSettings {
  /** The properties that name files of configuration, SmallRye's own and Quarkus's. */
  public static final List<String> LOCATIONS =
      List.of("smallrye.config.locations", "quarkus.config.locations");

  private static final String VARIABLES = "TOWLINE_GUARD_";

  private static final Set<String> KNOWN =
      new TreeSet<>(
          Set.of(
              VARIABLES + "FORBIDDEN_NAMESPACES",
              VARIABLES + "FORBIDDEN_KINDS",
              VARIABLES + "ALLOW_ESCALATION",
              VARIABLES + "FORBID_PRIVILEGED",
              VARIABLES + "MAX_DELETIONS"));

  /** How a variable ends that sets one item of a list. */
  private static final Pattern ITEM = Pattern.compile("_\\d+_$");

  private static final Pattern SCHEME = Pattern.compile("[a-z][a-z0-9+.-]*:");

  private GuardSettings() {}

  /**
   * Refuses values that mean nothing.
   *
   * @throws GuardException that begins with the property
   */
  public static void requireMeaning(GuardConfig config) {
    DeletionCap.of(config);
  }

  /**
   * Refuses variables that begin as those of guard rails do and are none.
   *
   * @param names of all that is configured, variables of the environment among them
   * @throws GuardException that begins with the variable
   */
  public static void requireKnown(Iterable<String> names) {
    for (String name : names) {
      if (name.startsWith(VARIABLES) && !KNOWN.contains(ITEM.matcher(name).replaceFirst(""))) {
        throw new GuardException(
            name + ": there is no such guard rail; there are " + String.join(", ", KNOWN));
      }
    }
  }

  /**
   * Refuses to do without a file of configuration that is named and cannot be read.
   *
   * @param property that names it
   * @param location a path or a URI; what is no file is passed over
   * @throws GuardException that begins with the property
   */
  public static void requireReadable(String property, String location) {
    String place = location.strip();
    boolean uri = SCHEME.matcher(place).lookingAt();
    if (uri && !place.startsWith("file:")) {
      return;
    }
    Path file = uri ? Path.of(URI.create(place)) : Path.of(place);
    if (!Files.isReadable(file)) {
      throw new GuardException(
          property
              + ": "
              + file
              + " cannot be read; it may hold the guard rails of this cluster, so the agent does"
              + " not start without it");
    }
  }
}
