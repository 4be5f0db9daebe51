package io.towline.envelope;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.towline.vocabulary.Reason;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Stream;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Whatever the bytes, what is signed is refused with one of its own reasons or means the same once
 * it is written again; and nothing but the bytes that were signed is taken for signed. The inputs
 * of {@code make test} are the methods named here and the files of {@code EnvelopeFuzzTestInputs}.
 */
class EnvelopeFuzzTest {
  private static final TestFleet FLEET = new TestFleet();
  private static final TrustedRoot ROOT = TestFleet.trusted();
  private static final byte[] STATEMENT = TestFleet.statement(42, FLEET.manifest).bytes();
  private static final byte[] SIGNED = TestFleet.sealed(STATEMENT, TestFleet.HUB_KEY);
  private static final byte[] MANIFEST = FLEET.manifest.bytes();
  private static final byte[] NEXT_ROOT = nextRoot();

  /** Of what a statement or a manifest is refused for before its place in the fleet is known. */
  private static final Set<Reason> OF_STATEMENTS =
      Set.of(
          Reason.STATEMENT_MALFORMED,
          Reason.SPEC_VERSION_UNSUPPORTED,
          Reason.CRITICAL_UNSUPPORTED,
          Reason.LIMIT_EXCEEDED);

  static Stream<byte[]> envelopes() {
    return Stream.of(SIGNED, ROOT.dsse(), NEXT_ROOT);
  }

  @MethodSource("envelopes")
  @FuzzTest
  void anEnvelopeIsRefusedOrIsTheSameWhenItIsWrittenAgain(byte[] bytes) {
    read(bytes, Dsse::parse, Set.of(Reason.ENVELOPE_MALFORMED))
        .ifPresent(
            dsse -> {
              byte[] written = dsse.write();
              Dsse again = Dsse.parse(written);
              assertThat(again.write()).isEqualTo(written);
              assertThat(again.pae()).isEqualTo(dsse.pae());
              assertThat(again.signatures()).isEqualTo(dsse.signatures());
            });
  }

  @MethodSource("envelopes")
  @FuzzTest
  void nothingButTheSignedStatementIsTakenForSigned(byte[] bytes) {
    try {
      Statement taken =
          TestFleet.verifier().verify(bytes, ROOT, Floor.none(), TestFleet.NOW).statement();
      assertThat(taken.bytes()).isEqualTo(STATEMENT);
    } catch (VerificationException e) {
      assertThat(bytes).as("refused: %s", e.reason()).isNotEqualTo(SIGNED);
    }
  }

  @MethodSource("envelopes")
  @FuzzTest
  void nothingButTheSignedRootFollows(byte[] bytes) {
    try {
      assertThat(RootChain.next(ROOT, bytes).payload()).isEqualTo(Dsse.parse(NEXT_ROOT).digest());
    } catch (VerificationException e) {
      assertThat(e.reason()).isEqualTo(Reason.ROOT_INVALID);
      assertThat(bytes).isNotEqualTo(NEXT_ROOT);
    }
  }

  static Stream<byte[]> statements() {
    return Stream.of(STATEMENT, TestFleet.statement(1).bytes());
  }

  @MethodSource("statements")
  @FuzzTest
  void aStatementIsRefusedOrIsTheSameWhenItIsWrittenAgain(byte[] bytes) {
    read(bytes, Statement::parse, OF_STATEMENTS)
        .ifPresent(
            statement -> {
              byte[] canonical = statement.bytes();
              assertThat(Statement.parse(canonical)).isEqualTo(statement);
              assertThat(Statement.parse(canonical).bytes()).isEqualTo(canonical);
            });
  }

  static Stream<byte[]> roots() {
    return Stream.of(TestFleet.root().bytes());
  }

  @MethodSource("roots")
  @FuzzTest
  void aRootIsRefusedOrIsTheSameWhenItIsWrittenAgain(byte[] bytes) {
    read(bytes, RootDocument::parse, Set.of(Reason.ROOT_INVALID))
        .ifPresent(
            root -> {
              byte[] canonical = root.bytes();
              assertThat(RootDocument.parse(canonical)).isEqualTo(root);
              assertThat(RootDocument.parse(canonical).bytes()).isEqualTo(canonical);
            });
  }

  static Stream<byte[]> manifests() {
    return Stream.of(MANIFEST);
  }

  @MethodSource("manifests")
  @FuzzTest
  void aManifestIsRefusedOrIsTheSameWhenItIsWrittenAgain(byte[] bytes) {
    read(bytes, BundleManifest::parse, OF_STATEMENTS)
        .ifPresent(
            manifest -> {
              byte[] canonical = manifest.bytes();
              assertThat(BundleManifest.parse(canonical)).isEqualTo(manifest);
              assertThat(BundleManifest.parse(canonical).digest()).isEqualTo(manifest.digest());
            });
  }

  static Stream<byte[]> objects() {
    return Stream.concat(FLEET.bodies.values().stream(), Stream.of(SIGNED, STATEMENT));
  }

  @MethodSource("objects")
  @FuzzTest
  void anObjectIsRefusedOrHasOneCanonicalForm(byte[] bytes) {
    read(bytes, ObjectJson::read, Set.of(Reason.MANIFEST_INVALID))
        .ifPresent(
            object -> {
              byte[] canonical = ObjectJson.write(object);
              byte[] inOrder = ObjectJson.writeInOrder(object);
              ObjectNode again = ObjectJson.read(canonical);
              assertThat(ObjectJson.write(again)).isEqualTo(canonical);
              assertThat(ObjectJson.writeInOrder(again)).isEqualTo(canonical);
              assertThat(ObjectJson.writeInOrder(ObjectJson.read(inOrder))).isEqualTo(inOrder);
              assertThat(SealedObject.recipients(object)).allMatch(SealedObject::isRecipient);
            });
  }

  static Stream<byte[]> deltas() {
    byte[] target =
        new BundleManifest(
                "demo", FLEET.manifest.objects().subList(0, 2), Policy.defaults(), List.of())
            .bytes();
    return Stream.of(
        ManifestDelta.encode(MANIFEST, target),
        ManifestDelta.encode(MANIFEST, MANIFEST),
        // Lengths beyond what there is, and beyond what a number holds.
        new byte[] {1, (byte) 0xff, (byte) 0xff, (byte) 0xff, (byte) 0xff, 0x7f, 1, 0},
        new byte[] {1, 1, (byte) 0xff, (byte) 0xff, (byte) 0xff, (byte) 0xff, 0x7f, 1});
  }

  @MethodSource("deltas")
  @FuzzTest
  void aDeltaIsRefusedOrMakesSomethingWithinTheLimit(byte[] bytes) {
    read(
            bytes,
            delta -> ManifestDelta.apply(MANIFEST, delta),
            Set.of(Reason.OBJECT_DIGEST_MISMATCH))
        .ifPresent(
            target -> {
              assertThat(target.length).isLessThanOrEqualTo(Limits.STATEMENT_BYTES);
              byte[] encoded = ManifestDelta.encode(MANIFEST, target);
              assertThat(ManifestDelta.apply(MANIFEST, encoded)).isEqualTo(target);
            });
  }

  static Stream<byte[]> pairs() {
    byte[] twice = Arrays.copyOf(MANIFEST, 2 * MANIFEST.length);
    System.arraycopy(MANIFEST, 0, twice, MANIFEST.length, MANIFEST.length);
    return Stream.of(twice, new byte[64]);
  }

  /** The first half is the base, the second the target. */
  @MethodSource("pairs")
  @FuzzTest
  void aDeltaOfAnyTwoMakesTheSecondOfTheFirst(byte[] bytes) {
    byte[] base = Arrays.copyOf(bytes, bytes.length / 2);
    byte[] target = Arrays.copyOfRange(bytes, bytes.length / 2, bytes.length);

    byte[] delta = ManifestDelta.encode(base, target);

    assertThat(ManifestDelta.apply(base, delta)).isEqualTo(target);
    assertThat(delta.length).isLessThan(target.length + 20);
  }

  static Stream<byte[]> tokens() {
    byte[] whole =
        Base64.getUrlDecoder()
            .decode(PropertiesTest.token().encode().substring(JoinToken.PREFIX.length()));
    return Stream.of(Arrays.copyOf(whole, whole.length - 4));
  }

  /** The input is what a token carries: the check that follows it is put in, or it is no token. */
  @MethodSource("tokens")
  @FuzzTest
  void aJoinTokenIsRefusedOrIsTheSameWhenItIsWrittenAgain(byte[] bytes) {
    byte[] whole = Arrays.copyOf(bytes, bytes.length + 4);
    System.arraycopy(Digest.of(bytes).bytes(), 0, whole, bytes.length, 4);
    String text = JoinToken.PREFIX + Base64.getUrlEncoder().withoutPadding().encodeToString(whole);
    for (String one : new String[] {text, new String(bytes, StandardCharsets.UTF_8)}) {
      try {
        JoinToken token = JoinToken.parse(one);
        assertThat(JoinToken.parse(token.encode())).isEqualTo(token);
        assertThat(token.toString()).doesNotContain(token.secret());
      } catch (IllegalArgumentException e) {
        assertThat(e).message().hasSizeLessThan(100);
      }
    }
  }

  static Stream<byte[]> keys() {
    return Stream.of(TestFleet.HUB_KEY.key().bytes(), new byte[SigningKey.BYTES]);
  }

  @MethodSource("keys")
  @FuzzTest
  void aKeyIsRefusedOrHasOneSpellingAndVerifiesNothingThatItDidNotSign(byte[] bytes) {
    read(bytes, SigningKey::of, Set.of(Reason.ROOT_INVALID))
        .ifPresent(
            key -> {
              assertThat(key.bytes()).isEqualTo(bytes);
              assertThat(SigningKey.of(key.bytes())).isEqualTo(key);
              assertThat(key.verifies(bytes, new byte[SigningKey.SIGNATURE_BYTES])).isFalse();
            });
  }

  static Stream<byte[]> digests() {
    return Stream.of(Digest.of(MANIFEST).hex().getBytes(StandardCharsets.US_ASCII));
  }

  @MethodSource("digests")
  @FuzzTest
  void aDigestHasOneSpelling(byte[] bytes) {
    String text = new String(bytes, StandardCharsets.UTF_8);
    read(bytes, b -> Digest.parse(text), Set.of(Reason.STATEMENT_MALFORMED))
        .ifPresent(digest -> assertThat(Digest.ofHash(digest.bytes()).hex()).isEqualTo(text));
  }

  /** What was read, or nothing if it was refused as it has to be. */
  private static <T> Optional<T> read(
      byte[] bytes, Function<byte[], T> parser, Set<Reason> refusals) {
    byte[] before = bytes.clone();
    try {
      return Optional.of(parser.apply(bytes));
    } catch (VerificationException e) {
      assertThat(e.reason()).isIn(refusals);
      return Optional.empty();
    } finally {
      assertThat(bytes).isEqualTo(before);
    }
  }

  private static byte[] nextRoot() {
    RootDocument first = TestFleet.root();
    byte[] payload =
        TestFleet.root(2, 1, first.root(), first.envelope(), TestFleet.ROOT_KEY, TestFleet.HUB_KEY)
            .bytes();
    return TestKeys.envelope(RootDocument.PAYLOAD_TYPE, payload, TestFleet.ROOT_KEY);
  }
}
