package io.towline.hub.git;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.Map;
import org.eclipse.jgit.dircache.DirCache;
import org.eclipse.jgit.dircache.DirCacheBuilder;
import org.eclipse.jgit.dircache.DirCacheEntry;
import org.eclipse.jgit.lib.CommitBuilder;
import org.eclipse.jgit.lib.Constants;
import org.eclipse.jgit.lib.FileMode;
import org.eclipse.jgit.lib.ObjectId;
import org.eclipse.jgit.lib.ObjectInserter;
import org.eclipse.jgit.lib.PersonIdent;
import org.eclipse.jgit.lib.Ref;
import org.eclipse.jgit.lib.RefUpdate;
import org.eclipse.jgit.lib.Repository;
import org.eclipse.jgit.lib.TagBuilder;
import org.eclipse.jgit.storage.file.FileRepositoryBuilder;

/**
 * A bare repository that people push to. Commits are made from whole trees, without a work tree.
 */
final class OriginRepository implements AutoCloseable {
  static final Instant TIME = Instant.parse("2026-01-02T03:04:05Z");

  private final Path directory;
  private final Repository repository;

  OriginRepository(Path directory) throws IOException {
    IsolatedSystem.install();
    this.directory = directory;
    repository = new FileRepositoryBuilder().setGitDir(directory.toFile()).setBare().build();
    repository.create(true);
  }

  String url() {
    return "file://" + directory;
  }

  Path directory() {
    return directory;
  }

  Repository repository() {
    return repository;
  }

  /** Puts a commit of these files on top of a branch, which is made if it is not there. */
  ObjectId commit(String branch, Map<String, String> files) throws IOException {
    Ref head = repository.exactRef("refs/heads/" + branch);
    return commit(branch, tree(files), head == null ? null : head.getObjectId());
  }

  /** Makes the branch a commit of these files that has no parent. */
  ObjectId rewrite(String branch, Map<String, String> files) throws IOException {
    return commit(branch, tree(files), null);
  }

  ObjectId commit(String branch, ObjectId tree, @org.jspecify.annotations.Nullable ObjectId parent)
      throws IOException {
    CommitBuilder commit = new CommitBuilder();
    commit.setTreeId(tree);
    PersonIdent person = new PersonIdent("Someone", "someone@example.org", TIME, ZoneOffset.UTC);
    commit.setAuthor(person);
    commit.setCommitter(person);
    commit.setMessage("a change\n");
    if (parent != null) {
      commit.setParentId(parent);
    }
    ObjectId id;
    try (ObjectInserter inserter = repository.newObjectInserter()) {
      id = inserter.insert(commit);
      inserter.flush();
    }
    point("refs/heads/" + branch, id);
    return id;
  }

  void point(String ref, ObjectId id) throws IOException {
    RefUpdate update = repository.updateRef(ref);
    update.setNewObjectId(id);
    update.setForceUpdate(true);
    update.update();
  }

  void delete(String ref) throws IOException {
    RefUpdate update = repository.updateRef(ref);
    update.setForceUpdate(true);
    update.delete();
  }

  /** An annotated tag. */
  void tag(String name, ObjectId commit) throws IOException {
    TagBuilder tag = new TagBuilder();
    tag.setTag(name);
    tag.setObjectId(commit, Constants.OBJ_COMMIT);
    tag.setTagger(new PersonIdent("Someone", "someone@example.org", TIME, ZoneOffset.UTC));
    tag.setMessage("a release\n");
    try (ObjectInserter inserter = repository.newObjectInserter()) {
      ObjectId id = inserter.insert(tag);
      inserter.flush();
      point("refs/tags/" + name, id);
    }
  }

  ObjectId blob(byte[] content) throws IOException {
    try (ObjectInserter inserter = repository.newObjectInserter()) {
      ObjectId id = inserter.insert(Constants.OBJ_BLOB, content);
      inserter.flush();
      return id;
    }
  }

  ObjectId tree(Map<String, String> files) throws IOException {
    DirCache index = DirCache.newInCore();
    DirCacheBuilder builder = index.builder();
    for (Map.Entry<String, String> file : files.entrySet()) {
      add(
          builder,
          file.getKey(),
          FileMode.REGULAR_FILE,
          blob(file.getValue().getBytes(StandardCharsets.UTF_8)));
    }
    return tree(index, builder);
  }

  static void add(DirCacheBuilder builder, String path, FileMode mode, ObjectId id) {
    DirCacheEntry entry = new DirCacheEntry(path);
    entry.setFileMode(mode);
    entry.setObjectId(id);
    builder.add(entry);
  }

  ObjectId tree(DirCache index, DirCacheBuilder builder) throws IOException {
    builder.finish();
    try (ObjectInserter inserter = repository.newObjectInserter()) {
      ObjectId id = index.writeTree(inserter);
      inserter.flush();
      return id;
    }
  }

  @Override
  public void close() {
    repository.close();
  }
}
