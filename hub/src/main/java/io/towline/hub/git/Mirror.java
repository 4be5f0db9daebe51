package io.towline.hub.git;

import io.towline.vocabulary.Reason;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.eclipse.jgit.errors.IncorrectObjectTypeException;
import org.eclipse.jgit.errors.MissingObjectException;
import org.eclipse.jgit.internal.storage.file.GC;
import org.eclipse.jgit.lib.NullProgressMonitor;
import org.eclipse.jgit.lib.ObjectId;
import org.eclipse.jgit.lib.Ref;
import org.eclipse.jgit.lib.RefUpdate;
import org.eclipse.jgit.revwalk.ObjectWalk;
import org.eclipse.jgit.revwalk.RevCommit;
import org.eclipse.jgit.revwalk.RevWalk;
import org.eclipse.jgit.transport.BasePackFetchConnection;
import org.eclipse.jgit.transport.FetchConnection;
import org.eclipse.jgit.transport.PackLock;
import org.eclipse.jgit.transport.RefSpec;
import org.eclipse.jgit.transport.Transport;
import org.jspecify.annotations.Nullable;

/**
 * The hub's own copy of one repository. Takes in commits of what is followed, and keeps the last
 * one that was accepted, through failures and restarts. One fetch at a time; trees may be read
 * meanwhile.
 */
public final class Mirror implements AutoCloseable {
  /** Each fetch leaves a pack; so many slow reading down, and are made one. */
  static final int MAX_PACKS = 40;

  /** More refs than these of one repository are not looked through for a commit. */
  static final int MAX_REFS = 100_000;

  /** Below it, what was accepted last, by what was followed then. */
  private static final String ACCEPTED = "refs/towline/accepted/";

  private final Source source;
  private final GitConfig config;
  private final InstantSource clock;
  private final Path home;
  private final BareRepository repository;

  private Mirror(
      Source source, GitConfig config, InstantSource clock, Path home, BareRepository repository) {
    this.source = source;
    this.config = config;
    this.clock = clock;
    this.home = home;
    this.repository = repository;
  }

  /**
   * Opens the mirror of a source, or makes it.
   *
   * @param directory for mirrors, which no other process uses
   * @throws GitException when the directory cannot be used
   */
  public static Mirror open(Path directory, Source source, GitConfig config, InstantSource clock) {
    try {
      Path home = directory.resolve("home");
      Files.createDirectories(home);
      BareRepository repository =
          BareRepository.open(directory.resolve(source.name() + ".git"), config.maxObjectBytes());
      return new Mirror(source, config, clock, home, repository);
    } catch (IOException e) {
      throw new GitException(
          Reason.SOURCE_UNREACHABLE, "the mirror of " + source.name() + " cannot be opened", e);
    }
  }

  /** What it mirrors. */
  public Source source() {
    return source;
  }

  /** The revision that was accepted last, also before a restart; empty if there was none yet. */
  public Optional<Revision> accepted() {
    try {
      Ref ref = repository.exactRef(acceptedRef());
      return ref == null ? Optional.empty() : Optional.of(revision(ref.getObjectId()));
    } catch (IOException e) {
      throw damaged(e);
    }
  }

  /**
   * Asks the repository for the newest commit and accepts it if it follows from the last one.
   * Idempotent. When it fails, what was accepted stays.
   *
   * @return the newest accepted revision, which may be the same as before
   * @throws GitException with SOURCE_UNREACHABLE, SOURCE_UNAUTHORIZED, REVISION_NOT_FOUND,
   *     HISTORY_REWRITTEN or LIMIT_EXCEEDED
   */
  public synchronized Revision fetch() {
    FetchBudget budget = new FetchBudget(clock, config.fetchTimeout(), config.maxFetchBytes());
    repository.spend(budget);
    try (Remote remote = new Remote(source, budget)) {
      try {
        return accept(fetch(remote, budget));
      } catch (IOException e) {
        throw remote.explain(e);
      }
    }
  }

  /**
   * The files of an accepted revision, from the source's root.
   *
   * @throws GitException with REVISION_NOT_FOUND when the commit is not here, or lacks the source's
   *     path
   */
  public FileTree tree(Revision revision) {
    try (RevWalk walk = new RevWalk(repository)) {
      RevCommit commit = walk.parseCommit(ObjectId.fromString(revision.commit()));
      return GitTree.read(repository, commit.getTree(), source.path());
    } catch (MissingObjectException e) {
      throw new GitException(
          Reason.REVISION_NOT_FOUND, "commit " + revision.commit() + " is not in the mirror", e);
    } catch (IOException e) {
      throw damaged(e);
    }
  }

  private ObjectId fetch(Remote remote, FetchBudget budget) throws IOException {
    if (source.wanted() instanceof Wanted.Commit(String id)) {
      ObjectId commit = ObjectId.fromString(id);
      if (repository.getObjectDatabase().has(commit)) {
        return commit;
      }
    }
    try (Transport transport = remote.open(repository, home);
        FetchConnection connection = transport.openFetch(refSpecs())) {
      if (!(connection instanceof BasePackFetchConnection)) {
        // Bundle files, and plain file servers, whose objects JGit takes in past every limit.
        throw new GitException(
            Reason.SOURCE_UNREACHABLE, source.url().shown() + " does not speak Git's protocol");
      }
      List<Ref> refs = wantedRefs(connection.getRefs());
      Set<ObjectId> have = new HashSet<>();
      accepted().ifPresent(revision -> have.add(ObjectId.fromString(revision.commit())));
      List<Ref> missing = new ArrayList<>();
      for (Ref ref : refs) {
        if (!repository.getObjectDatabase().has(ref.getObjectId())) {
          missing.add(ref);
        }
      }
      if (!missing.isEmpty()) {
        try {
          connection.fetch(budget.monitor(), missing, have);
        } finally {
          for (PackLock lock : connection.getPackLocks()) {
            lock.unlock();
          }
        }
        if (budget.isSpent()) {
          // JGit returns as if all was well when its monitor says stop.
          throw new IOException("the fetch exceeds its limits");
        }
      }
      return switch (source.wanted()) {
        case Wanted.Branch branch -> refs.getFirst().getObjectId();
        case Wanted.Tag tag -> refs.getFirst().getObjectId();
        case Wanted.Commit(String id) -> ObjectId.fromString(id);
      };
    }
  }

  private List<RefSpec> refSpecs() {
    return switch (source.wanted()) {
      case Wanted.Branch branch -> List.of(new RefSpec(branch.ref()));
      case Wanted.Tag tag -> List.of(new RefSpec(tag.ref()));
      case Wanted.Commit commit ->
          List.of(
              new RefSpec("+refs/heads/*:refs/heads/*"), new RefSpec("+refs/tags/*:refs/tags/*"));
    };
  }

  private List<Ref> wantedRefs(Collection<Ref> offered) {
    if (offered.size() > MAX_REFS) {
      throw new GitException(
          Reason.LIMIT_EXCEEDED,
          source.url().shown() + " has more than " + MAX_REFS + " branches and tags");
    }
    List<Ref> refs =
        switch (source.wanted()) {
          case Wanted.Branch branch -> named(offered, branch.ref());
          case Wanted.Tag tag -> named(offered, tag.ref());
          case Wanted.Commit commit ->
              offered.stream()
                  .filter(
                      ref ->
                          ref.getName().startsWith("refs/heads/")
                              || ref.getName().startsWith("refs/tags/"))
                  .toList();
        };
    if (refs.isEmpty()) {
      throw notFound(null);
    }
    return refs;
  }

  private static List<Ref> named(Collection<Ref> offered, String name) {
    return offered.stream()
        .filter(ref -> ref.getName().equals(name) && ref.getObjectId() != null)
        .toList();
  }

  /** Every object of the commit must be here, and the commit must follow from the last one. */
  private Revision accept(ObjectId fetched) throws IOException {
    Ref before = repository.exactRef(acceptedRef());
    ObjectId commit;
    try (RevWalk walk = new RevWalk(repository)) {
      RevCommit tip = walk.parseCommit(fetched);
      commit = tip.getId();
      if (before != null && commit.equals(before.getObjectId())) {
        return revision(commit);
      }
      if (before != null
          && !source.allowRewrite()
          && !walk.isMergedInto(walk.parseCommit(before.getObjectId()), tip)) {
        throw new GitException(
            Reason.HISTORY_REWRITTEN,
            source.wanted().ref()
                + " of "
                + source.url().shown()
                + " no longer contains the accepted commit "
                + before.getObjectId().name());
      }
    } catch (MissingObjectException | IncorrectObjectTypeException e) {
      throw notFound(e);
    }
    checkComplete(commit, before);
    RefUpdate update = repository.updateRef(acceptedRef());
    update.setNewObjectId(commit);
    update.setForceUpdate(true);
    update.disableRefLog();
    switch (update.update()) {
      case NEW, FORCED, FAST_FORWARD, NO_CHANGE -> {}
      case IO_FAILURE,
          LOCK_FAILURE,
          NOT_ATTEMPTED,
          REJECTED,
          REJECTED_CURRENT_BRANCH,
          REJECTED_MISSING_OBJECT,
          REJECTED_OTHER_REASON,
          RENAMED ->
          throw new GitException(
              Reason.SOURCE_UNREACHABLE, "the mirror of " + source.name() + " cannot be written");
    }
    Revision accepted = revision(commit);
    tidy();
    return accepted;
  }

  private void checkComplete(ObjectId commit, @Nullable Ref before) throws IOException {
    try (ObjectWalk walk = new ObjectWalk(repository)) {
      walk.markStart(walk.parseCommit(commit));
      if (before != null) {
        walk.markUninteresting(walk.parseCommit(before.getObjectId()));
      }
      walk.checkConnectivity();
    }
  }

  private void tidy() throws IOException {
    if (repository.getObjectDatabase().getPacks().size() > MAX_PACKS) {
      GC gc = new GC(repository);
      gc.setProgressMonitor(NullProgressMonitor.INSTANCE);
      // Nothing else uses the mirror, and JGit's readers find the new pack by themselves.
      gc.setPackExpireAgeMillis(0);
      gc.repack();
    }
  }

  private Revision revision(ObjectId id) throws IOException {
    try (RevWalk walk = new RevWalk(repository)) {
      RevCommit commit = walk.parseCommit(id);
      return new Revision(
          source.name(),
          source.url().shown(),
          source.wanted().ref(),
          commit.name(),
          commit.getCommitterIdent().getWhenAsInstant());
    }
  }

  private String acceptedRef() {
    return ACCEPTED
        + switch (source.wanted()) {
          case Wanted.Branch(String name) -> "heads/" + name;
          case Wanted.Tag(String name) -> "tags/" + name;
          case Wanted.Commit(String id) -> "commits/" + id;
        };
  }

  private GitException notFound(@Nullable IOException cause) {
    String message = source.url().shown() + " has no commit at " + source.wanted().ref();
    return cause == null
        ? new GitException(Reason.REVISION_NOT_FOUND, message)
        : new GitException(Reason.REVISION_NOT_FOUND, message, cause);
  }

  private GitException damaged(IOException cause) {
    return new GitException(
        Reason.SOURCE_UNREACHABLE,
        "the mirror of "
            + source.name()
            + " is damaged: remove its directory, and it is fetched anew",
        cause);
  }

  @Override
  public void close() {
    repository.close();
  }
}
