package io.towline.hub.render;

import io.towline.hub.resolve.Yaml;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;

/**
 * Makes what kustomize wrote to standard error fit to be shown: one line, without the scratch
 * directory, without patches or objects that it quotes, and nothing at all where it quotes a value
 * of a Secret.
 *
 * @param source where the files lie that kustomize read
 * @param scanned what they are
 */
record KustomizeComplaint(Path source, ScannedFiles scanned) {
  private static final int LONGEST = 400;

  /** Quoted names are short; what is longer is content. */
  private static final Pattern LONG_QUOTE = Pattern.compile("\"(\\\\.|[^\"\\\\]){80,}\"");

  private static final Pattern WARNING = Pattern.compile("(?m)^# Warning:.*$");

  /** Shorter texts stand everywhere by chance. */
  private static final int SHORTEST_SECRET = 4;

  /** The sentence for people. */
  String of(String error) throws IOException {
    String text =
        WARNING
            .matcher(error)
            .replaceAll("")
            .replace(source + "/", "")
            .replace(source.toString(), ".")
            .replaceAll("\\s+", " ")
            .strip();
    if (text.startsWith("Error: ")) {
      text = text.substring("Error: ".length());
    }
    if (quotesASecret(text)) {
      return "kustomize refused the build and quoted a Secret, so its words are not shown";
    }
    text = LONG_QUOTE.matcher(text).replaceAll("\"…\"");
    if (text.length() > LONGEST) {
      text = text.substring(0, LONGEST) + "…";
    }
    return text.isEmpty() ? "kustomize refused the build" : "kustomize: " + text;
  }

  private boolean quotesASecret(String text) throws IOException {
    List<String> secrets = new ArrayList<>(scanned.secretTexts());
    for (String path : scanned.secretFiles()) {
      Path file = source.resolve(path);
      if (Files.size(file) <= Yaml.MAX_BYTES) {
        String content = new String(Files.readAllBytes(file), StandardCharsets.UTF_8);
        for (String line : content.split("\\R", -1)) {
          secrets.add(line.strip());
          secrets.add(line.substring(line.indexOf('=') + 1).strip());
        }
      }
    }
    return secrets.stream()
        .map(secret -> secret.replaceAll("\\s+", " "))
        .anyMatch(secret -> secret.length() >= SHORTEST_SECRET && text.contains(secret));
  }
}
