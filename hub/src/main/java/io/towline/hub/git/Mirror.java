package io.towline.hub.git;

import io.towline.vocabulary.Reason;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.text.ParseException;
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
  private final CommitJudge judge;

  private Mirror(
      Source source,
      GitConfig config,
      InstantSource clock,
      Path home,
      BareRepository repository,
      CommitJudge judge) {
    this.source = source;
    this.config = config;
    this.clock = clock;
    this.home = home;
    this.repository = repository;
    this.judge = judge;
  }

  /**
   * Opens the mirror of a source, or makes it.
   *
   * @param directory for mirrors, which no other process uses
   * @param sights what was found well signed before
   * @throws GitException when the directory cannot be used
   */
  public static Mirror open(
      Path directory, Source source, GitConfig config, FirstSights sights, InstantSource clock) {
    try {
      Path home = directory.resolve("home");
      Files.createDirectories(home);
      BareRepository repository =
          BareRepository.open(directory.resolve(source.name() + ".git"), config.maxObjectBytes());
      return new Mirror(
          source, config, clock, home, repository, new CommitJudge(source, sights, clock));
    } catch (IOException e) {
      throw new GitException(
          Reason.SOURCE_UNREACHABLE, "the mirror of " + source.name() + " cannot be opened", e);
    }
  }

  /** What it mirrors. */
  public Source source() {
    return source;
  }

  /**
   * The revision that was accepted last, also before a restart; empty if there was none yet.
   *
   * @throws GitException when it is not signed as the source asks now, as {@link #fetch()} does
   */
  public Optional<Revision> accepted() {
    try {
      Ref ref = repository.exactRef(acceptedRef());
      return ref == null
          ? Optional.empty()
          : Optional.of(revision(ref.getObjectId(), judge.judge(repository, ref.getObjectId())));
    } catch (IOException e) {
      throw damaged(e);
    }
  }

  /**
   * Asks the repository for the newest commit and accepts it if it is signed as the source asks and
   * follows from the last one. Idempotent. When it fails, what was accepted stays.
   *
   * @return the newest accepted revision, which may be the same as before
   * @throws GitException with SOURCE_UNREACHABLE, SOURCE_UNAUTHORIZED, REVISION_NOT_FOUND or
   *     LIMIT_EXCEEDED; with the commit, COMMIT_UNSIGNED, COMMIT_SIGNATURE_INVALID, KEY_NOT_TRUSTED
   *     or HISTORY_REWRITTEN
   */
  public Revision fetch() {
    return fetch(Optional.empty());
  }

  /**
   * Fetches, and takes over a commit that does not follow from the last one if it is exactly the
   * approved one. It has to be signed all the same. Idempotent.
   *
   * @param approved in full
   * @throws GitException as {@link #fetch()} does; HISTORY_REWRITTEN if the repository is at yet
   *     another commit
   */
  public Revision fetchApproved(String approved) {
    return fetch(Optional.of(approved));
  }

  private synchronized Revision fetch(Optional<String> approved) {
    FetchBudget budget = new FetchBudget(clock, config.fetchTimeout(), config.maxFetchBytes());
    repository.spend(budget);
    try (Remote remote = new Remote(source, budget)) {
      try {
        ObjectId fetched = fetch(remote, budget);
        try {
          return accept(fetched, approved);
        } catch (GitException e) {
          // What is refused over and over would fill the disk.
          tidy();
          throw e;
        }
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
      Ref last = repository.exactRef(acceptedRef());
      if (last != null) {
        have.add(last.getObjectId());
      }
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

  /**
   * The commit must be signed as the source asks and must follow from the last one, and every
   * object of it must be here.
   */
  private Revision accept(ObjectId fetched, Optional<String> approved) throws IOException {
    Ref before = repository.exactRef(acceptedRef());
    Optional<CommitSigner> signer;
    try {
      signer = judge.judge(repository, fetched);
      if (before != null && fetched.equals(before.getObjectId())) {
        return revision(fetched, signer);
      }
      if (before != null && !source.allowRewrite()) {
        requireSuccessor(before.getObjectId(), fetched, approved);
      }
      checkComplete(fetched, before);
    } catch (MissingObjectException | IncorrectObjectTypeException e) {
      throw notFound(e);
    }
    RefUpdate update = repository.updateRef(acceptedRef());
    // Of a tag, the tag itself: its own signature is what is judged again after a restart.
    update.setNewObjectId(fetched);
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
    Revision accepted = revision(fetched, signer);
    tidy();
    return accepted;
  }

  private void requireSuccessor(ObjectId last, ObjectId fetched, Optional<String> approved)
      throws IOException {
    try (RevWalk walk = new RevWalk(repository)) {
      RevCommit tip = walk.parseCommit(fetched);
      RevCommit before = walk.parseCommit(last);
      if (approved.filter(tip.name()::equals).isPresent() || walk.isMergedInto(before, tip)) {
        return;
      }
      throw new GitException(
          Reason.HISTORY_REWRITTEN,
          source.wanted().ref()
              + " of "
              + source.url().shown()
              + " is at "
              + tip.name()
              + ", which does not contain the accepted commit "
              + before.name()
              + "; to take it over: towline source approve "
              + source.name()
              + " "
              + tip.name(),
          tip.name());
    }
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
      gc.setExpireAgeMillis(0);
      gc.repack();
      try {
        gc.prune(Set.of());
      } catch (ParseException e) {
        throw new IllegalStateException("An age that was given is no configuration to parse", e);
      }
    }
  }

  private Revision revision(ObjectId id, Optional<CommitSigner> signer) throws IOException {
    try (RevWalk walk = new RevWalk(repository)) {
      RevCommit commit = walk.parseCommit(id);
      return new Revision(
          source.name(),
          source.url().shown(),
          source.wanted().ref(),
          commit.name(),
          commit.getCommitterIdent().getWhenAsInstant(),
          signer);
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
