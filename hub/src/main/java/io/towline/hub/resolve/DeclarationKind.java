package io.towline.hub.resolve;

import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/** What a declaration declares. */
enum DeclarationKind {
  BUNDLE("Bundle"),
  FLEET("Fleet"),
  CLUSTER("Cluster");

  private final String word;

  DeclarationKind(String word) {
    this.word = word;
  }

  /** As it stands in {@code kind}, and in the schema's definitions. */
  String word() {
    return word;
  }

  static List<String> words() {
    return Arrays.stream(values()).map(DeclarationKind::word).toList();
  }

  static Optional<DeclarationKind> ofWord(String word) {
    return Arrays.stream(values()).filter(kind -> kind.word.equals(word)).findFirst();
  }
}
