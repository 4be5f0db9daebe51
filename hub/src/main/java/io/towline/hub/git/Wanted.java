package io.towline.hub.git;

import java.util.regex.Pattern;
import org.eclipse.jgit.lib.Repository;

/** What of a repository is followed. */
public sealed interface Wanted {
  /** The newest commit of a branch. */
  record Branch(String name) implements Wanted {
    public Branch {
      requireRefName("refs/heads/" + name);
    }
  }

  /** The commit of a tag. */
  record Tag(String name) implements Wanted {
    public Tag {
      requireRefName("refs/tags/" + name);
    }
  }

  /** One commit for ever. */
  record Commit(String id) implements Wanted {
    private static final Pattern ID = Pattern.compile("[0-9a-f]{40}");

    public Commit {
      if (!ID.matcher(id).matches()) {
        throw new IllegalArgumentException("a commit is 40 lower-case hexadecimal digits");
      }
    }
  }

  /** In full, as {@code refs/heads/main}, or the commit. */
  default String ref() {
    return switch (this) {
      case Branch(String name) -> "refs/heads/" + name;
      case Tag(String name) -> "refs/tags/" + name;
      case Commit(String id) -> id;
    };
  }

  private static void requireRefName(String ref) {
    if (!Repository.isValidRefName(ref)) {
      throw new IllegalArgumentException("Git has no branches or tags of such a name");
    }
  }
}
