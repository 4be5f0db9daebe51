package io.towline.hub.git;

import io.towline.hub.git.FirstSights.Sight;
import io.towline.vocabulary.Reason;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.bouncycastle.openpgp.PGPPublicKey;
import org.eclipse.jgit.errors.IncorrectObjectTypeException;
import org.eclipse.jgit.errors.LargeObjectException;
import org.eclipse.jgit.errors.MissingObjectException;
import org.eclipse.jgit.lib.ObjectId;
import org.eclipse.jgit.lib.ObjectReader;
import org.eclipse.jgit.lib.Repository;
import org.eclipse.jgit.revwalk.RevCommit;
import org.eclipse.jgit.revwalk.RevObject;
import org.eclipse.jgit.revwalk.RevSort;
import org.eclipse.jgit.revwalk.RevTag;
import org.eclipse.jgit.revwalk.RevWalk;
import org.jspecify.annotations.Nullable;

/**
 * Decides whether what was fetched is signed by somebody who is trusted: by Towline's own list, and
 * by the hub's clock when it first saw the commit. What the commit says of its time and its
 * committer counts for nothing; configuration of Git, key rings of the machine and files of the
 * repository are not looked at. Thread-safe.
 */
final class CommitJudge {
  /** More commits than these are not walked through at once. */
  static final int MAX_COMMITS = 100_000;

  /** A commit or tag without its files is no larger. */
  static final int MAX_OBJECT_BYTES = 1 << 20;

  /** What is shown of who a commit says it is of. */
  private static final int MAX_CLAIM = 100;

  private static final int BATCH = 1_000;

  private final Source source;
  private final FirstSights sights;
  private final InstantSource clock;
  private @Nullable ObjectId lastGood;
  private Optional<CommitSigner> lastSigner = Optional.empty();

  CommitJudge(Source source, FirstSights sights, InstantSource clock) {
    this.source = source;
    this.sights = sights;
    this.clock = clock;
  }

  /**
   * Returns if it may be used.
   *
   * @param fetched the commit, or the tag if a tag is followed
   * @return who signed it; empty when the policy does not ask
   * @throws GitException with COMMIT_UNSIGNED, COMMIT_SIGNATURE_INVALID or KEY_NOT_TRUSTED and the
   *     commit, the oldest one if there are several; LIMIT_EXCEEDED or REVISION_NOT_FOUND
   */
  synchronized Optional<CommitSigner> judge(Repository repository, ObjectId fetched)
      throws IOException {
    if (fetched.equals(lastGood)) {
      return lastSigner;
    }
    Optional<CommitSigner> signer =
        switch (source.commits()) {
          case CommitPolicy.None none -> Optional.empty();
          case CommitPolicy.Head(List<Signer> signers) -> {
            try (Round round = new Round(repository, signers)) {
              yield Optional.of(round.tip(fetched));
            }
          }
          case CommitPolicy.Strict(List<Signer> signers, String trusted) -> {
            try (Round round = new Round(repository, signers)) {
              yield strict(round, fetched, ObjectId.fromString(trusted));
            }
          }
        };
    lastGood = fetched.copy();
    lastSigner = signer;
    return signer;
  }

  private Optional<CommitSigner> strict(Round round, ObjectId fetched, ObjectId trusted)
      throws IOException {
    ObjectId tip = round.commit(fetched);
    Optional<CommitSigner> ofTag =
        source.wanted() instanceof Wanted.Tag ? Optional.of(round.tip(fetched)) : Optional.empty();
    for (RevCommit commit : round.since(tip, trusted)) {
      round.judgeCommit(commit, trusted);
    }
    round.remember();
    return ofTag.or(() -> Optional.ofNullable(round.good.get(tip)));
  }

  /** One look at a repository with one reading of the keys. */
  private final class Round implements AutoCloseable {
    private final RevWalk walk;
    private final ObjectReader reader;
    private final List<Signer> signers;
    private final Instant now = clock.instant();
    private final Map<Signer.OpenPgp, OpenPgpKey> keys = new HashMap<>();
    private final List<Sight> seen = new ArrayList<>();
    private final Map<ObjectId, CommitSigner> good = new HashMap<>();

    Round(Repository repository, List<Signer> signers) throws IOException {
      if (!repository.getObjectDatabase().getShallowCommits().isEmpty()) {
        throw new GitException(
            Reason.SOURCE_UNREACHABLE,
            "the mirror of " + source.name() + " lacks history: remove its directory");
      }
      this.walk = new RevWalk(repository);
      this.reader = walk.getObjectReader();
      this.signers = signers;
      walk.setRetainBody(false);
    }

    ObjectId commit(ObjectId fetched) throws IOException {
      return walk.parseCommit(fetched).copy();
    }

    /** Judges what is followed itself: the tag if it is one, else the commit. */
    CommitSigner tip(ObjectId fetched) throws IOException {
      RevObject object = walk.parseAny(fetched);
      CommitSigner signer;
      if (source.wanted() instanceof Wanted.Tag(String name)) {
        signer = tag(object, name);
      } else {
        signer = judge(commit(fetched), "commit");
      }
      remember();
      return signer;
    }

    private CommitSigner tag(RevObject object, String name) throws IOException {
      if (!(object instanceof RevTag tag)) {
        throw new GitException(
            Reason.COMMIT_UNSIGNED,
            "the tag "
                + name
                + " of source "
                + source.name()
                + " is a plain pointer to commit "
                + object.name()
                + ": a tag that is followed has to be signed itself, with git tag -s",
            object.name());
      }
      if (!tag.getTagName().equals(name)) {
        // A good signature of one release under the name of another is no release of that name.
        throw new GitException(
            Reason.COMMIT_SIGNATURE_INVALID,
            "what stands at the tag "
                + name
                + " of source "
                + source.name()
                + " was signed as the tag "
                + printable(tag.getTagName()),
            tag.name());
      }
      return judge(tag, "tag");
    }

    /**
     * All commits from the trusted one, which is left out, to the tip, over every parent; the
     * oldest first.
     */
    List<RevCommit> since(ObjectId tip, ObjectId trusted) throws IOException {
      RevCommit base;
      try {
        base = walk.parseCommit(trusted);
      } catch (MissingObjectException | IncorrectObjectTypeException e) {
        throw strayTrust(trusted, e);
      }
      RevCommit head = walk.parseCommit(tip);
      if (!walk.isMergedInto(base, head)) {
        throw strayTrust(trusted, null);
      }
      walk.reset();
      walk.sort(RevSort.TOPO);
      walk.sort(RevSort.REVERSE, true);
      walk.markStart(walk.parseCommit(tip));
      walk.markUninteresting(walk.parseCommit(trusted));
      List<RevCommit> commits = new ArrayList<>();
      for (RevCommit commit : walk) {
        if (commits.size() >= MAX_COMMITS) {
          throw new GitException(
              Reason.LIMIT_EXCEEDED,
              "there are more than "
                  + MAX_COMMITS
                  + " commits since "
                  + "towline.sources."
                  + source.name()
                  + ".commits.trusted-commit: set a later one");
        }
        commits.add(commit);
      }
      return commits;
    }

    private GitException strayTrust(ObjectId trusted, @Nullable IOException cause) {
      String message =
          "the trusted commit "
              + trusted.name()
              + " is not in the history of "
              + source.wanted().ref()
              + " of "
              + source.url().shown()
              + ": correct towline.sources."
              + source.name()
              + ".commits.trusted-commit";
      return cause == null
          ? new GitException(Reason.REVISION_NOT_FOUND, message)
          : new GitException(Reason.REVISION_NOT_FOUND, message, cause);
    }

    /** Judges one commit of a range. */
    void judgeCommit(RevCommit commit, ObjectId trusted) throws IOException {
      try {
        judge(commit, "commit");
      } catch (GitException e) {
        // A walk that meets clocks that were set back may show what the trusted commit contains.
        try (RevWalk exact = new RevWalk(reader)) {
          if (exact.isMergedInto(exact.parseCommit(commit), exact.parseCommit(trusted))) {
            return;
          }
        }
        remember();
        throw e;
      }
    }

    private CommitSigner judge(ObjectId id, String kind) throws IOException {
      Optional<CommitSigner> before =
          sights.fingerprint(source.name(), id.name()).flatMap(this::stillListed);
      CommitSigner signer = before.isPresent() ? before.get() : verify(id, kind);
      good.put(id.copy(), signer);
      return signer;
    }

    /** Taking a signer off the list undoes what it signed; time passing does not. */
    private Optional<CommitSigner> stillListed(String fingerprint) {
      return signers.stream()
          .filter(signer -> signer.key().fingerprint().equals(fingerprint))
          .map(Signer::signature)
          .findFirst();
    }

    private CommitSigner verify(ObjectId id, String kind) throws IOException {
      boolean tag = kind.equals("tag");
      byte[] raw = raw(id, kind);
      String subject = kind + " " + id.name() + " of source " + source.name() + claim(raw, tag);
      try {
        SignedBytes signed =
            (tag ? SignedBytes.ofTag(raw) : SignedBytes.ofCommit(raw))
                .orElseThrow(() -> new GitException(Reason.COMMIT_UNSIGNED, "has no signature"));
        Signer signer = signed.isSsh() ? ssh(signed) : openPgp(signed);
        signer.requireWithin(now);
        CommitSigner good = signer.signature();
        seen.add(new Sight(source.name(), id.name(), good, now));
        if (seen.size() >= BATCH) {
          remember();
        }
        return good;
      } catch (GitException e) {
        throw new GitException(e.reason(), subject + " " + e.getMessage(), id.name(), e);
      }
    }

    private byte[] raw(ObjectId id, String kind) throws IOException {
      try {
        return reader.open(id).getCachedBytes(MAX_OBJECT_BYTES);
      } catch (LargeObjectException e) {
        throw new GitException(
            Reason.LIMIT_EXCEEDED,
            kind + " " + id.name() + " has more than " + MAX_OBJECT_BYTES + " bytes without files",
            id.name(),
            e);
      }
    }

    private Signer ssh(SignedBytes signed) {
      SshSignature signature = SshSignature.parse(signed.signature());
      for (Signer signer : signers) {
        if (signer.key() instanceof Signer.Ssh(String fingerprint)
            && fingerprint.equals(signature.fingerprint())) {
          signature.verify(signed.payload());
          return signer;
        }
      }
      throw new GitException(
          Reason.KEY_NOT_TRUSTED,
          "is signed by the SSH key " + signature.fingerprint() + ", which is no signer's");
    }

    private Signer openPgp(SignedBytes signed) {
      OpenPgpSignature signature = OpenPgpSignature.parse(signed.signature());
      List<String> unreadable = new ArrayList<>();
      for (Signer signer : signers) {
        if (signer.key() instanceof Signer.OpenPgp configured) {
          OpenPgpKey key;
          try {
            key = keys.computeIfAbsent(configured, OpenPgpKey::read);
          } catch (GitException e) {
            // Of this signer alone: what others signed is good all the same.
            unreadable.add(signer.name() + " (" + e.getMessage() + ")");
            continue;
          }
          Optional<PGPPublicKey> maker = signature.maker(key);
          if (maker.isPresent()) {
            key.requireGood(maker.get(), now);
            signature.verify(maker.get(), signed.payload(), now);
            return signer;
          }
        }
      }
      throw new GitException(
          Reason.KEY_NOT_TRUSTED,
          "is signed by the OpenPGP key "
              + signature.claimedKey()
              + ", which is no signer's"
              + (unreadable.isEmpty()
                  ? ""
                  : "; keys that cannot be used: " + String.join(", ", unreadable)));
    }

    /** Writes down what was found good, at the time at which it was. */
    void remember() {
      if (!seen.isEmpty()) {
        sights.remember(List.copyOf(seen));
        seen.clear();
      }
    }

    @Override
    public void close() {
      walk.close();
    }
  }

  /** Who it says it is of, which nobody vouches for. */
  private static String claim(byte[] raw, boolean tag) {
    String start = tag ? "tagger " : "committer ";
    return new String(raw, StandardCharsets.UTF_8)
        .lines()
        .takeWhile(line -> !line.isEmpty())
        .filter(line -> line.startsWith(start) && line.contains(">"))
        .findFirst()
        .map(line -> line.substring(start.length(), line.indexOf('>') + 1))
        .map(who -> ", as of \"" + printable(who) + "\",")
        .orElse("");
  }

  private static String printable(String text) {
    String plain =
        text.codePoints()
            .filter(c -> Character.isLetterOrDigit(c) || " .,@<>+_-/'()".indexOf(c) >= 0)
            .limit(MAX_CLAIM)
            .collect(StringBuilder::new, StringBuilder::appendCodePoint, StringBuilder::append)
            .toString();
    return plain.strip();
  }
}
