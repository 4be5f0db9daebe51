package io.towline.agent.verify;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import com.google.protobuf.ByteString;
import io.towline.agent.enroll.LocalDisk;
import io.towline.agent.stream.Wanted;
import io.towline.envelope.Digest;
import io.towline.envelope.Floor;
import io.towline.envelope.ManifestDelta;
import io.towline.envelope.VerificationException;
import io.towline.vocabulary.Reason;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.stream.Stream;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.provider.MethodSource;

/** What is kept of trust, and bodies as they come: the very thing, or a refusal. */
class TrustFuzzTest {
  private static final byte[] BODY = "{\"kind\":\"ConfigMap\"}".repeat(20).getBytes(UTF_8);
  private static final byte[] BASE = "{\"kind\":\"ConfigMap\"}".repeat(19).getBytes(UTF_8);

  @TempDir static Path directory;

  static Stream<byte[]> records() {
    Digest digest = Digest.of(BODY);
    TrustRecord founded = TrustRecord.founded(new UUID(1, 2), new UUID(3, 4));
    TrustRecord full =
        founded
            .withRoot(2, digest)
            .withFloor(new Floor(1, 7, Optional.of(digest), Instant.ofEpochSecond(1_700_000_000)));
    return Stream.of(founded, full)
        .map(record -> record.text().substring(0, record.text().lastIndexOf("sha256 ")))
        .map(text -> text.getBytes(UTF_8));
  }

  /** The input is the record without its checksum, which is put in, or no record would be read. */
  @MethodSource("records")
  @FuzzTest
  void aTrustRecordIsLostOrIsTheSameWhenItIsWrittenAgain(byte[] bytes) {
    String lines = new String(bytes, UTF_8);
    String sum = "sha256 " + Digest.of(lines.getBytes(UTF_8)).hex() + "\n";
    for (String text : List.of(lines + sum, lines)) {
      try {
        TrustRecord record = TrustRecord.parse(text);
        assertThat(TrustRecord.parse(record.text())).isEqualTo(record);
        assertThat(record.highest(record)).isEqualTo(record);
      } catch (VerificationException e) {
        assertThat(e.reason()).isEqualTo(Reason.TRUST_STATE_LOST);
      }
    }
  }

  static Stream<byte[]> bodies() throws IOException {
    return Stream.of(gzip(BODY), gzip(BASE), gzip(new byte[1_000_000]));
  }

  @MethodSource("bodies")
  @FuzzTest
  void aBodyIsExactlyWhatWasSignedOrIsDropped(byte[] bytes) {
    BodyStore store = new BodyStore(new LocalDisk(), directory, () -> {});
    Wanted wanted = new Wanted(Digest.of(BODY), BODY.length, List.of());
    store.append(wanted, ByteString.copyFrom(bytes));
    try {
      store.complete(wanted);
      assertThat(store.body(wanted.digest(), wanted.size())).hasValue(BODY);
    } catch (VerificationException e) {
      assertThat(e.reason()).isEqualTo(Reason.OBJECT_DIGEST_MISMATCH);
      assertThat(store.has(wanted.digest())).isFalse();
    }
    assertThat(store.partialBytes(wanted)).isZero();
    store.retain(Set.of());
  }

  static Stream<byte[]> deltas() throws IOException {
    return Stream.of(gzip(ManifestDelta.encode(BASE, BODY)), gzip(new byte[1_000_000]));
  }

  @MethodSource("deltas")
  @FuzzTest
  void aDeltaMakesExactlyWhatWasSignedOrIsDropped(byte[] bytes) throws IOException {
    BodyStore store = new BodyStore(new LocalDisk(), directory, () -> {});
    Wanted base = new Wanted(Digest.of(BASE), BASE.length, List.of());
    store.append(base, ByteString.copyFrom(gzip(BASE)));
    store.complete(base);
    Wanted wanted = new Wanted(Digest.of(BODY), BODY.length, List.of(base.digest()));
    try {
      store.completeDelta(wanted, base.digest(), bytes);
      assertThat(store.body(wanted.digest(), wanted.size())).hasValue(BODY);
    } catch (VerificationException e) {
      assertThat(e.reason()).isEqualTo(Reason.OBJECT_DIGEST_MISMATCH);
      assertThat(store.has(wanted.digest())).isFalse();
    }
    store.retain(Set.of());
  }

  static Stream<byte[]> envelopes() throws IOException {
    return Stream.of(gzip(BODY), gzip(new byte[6_000_000]));
  }

  @MethodSource("envelopes")
  @FuzzTest
  void anEnvelopeIsUnpackedWithinItsLimitOrRefused(byte[] bytes) throws IOException {
    try {
      byte[] unpacked = EnvelopeIntake.unzip(bytes);
      assertThat(EnvelopeIntake.unzip(gzip(unpacked))).isEqualTo(unpacked);
    } catch (VerificationException e) {
      assertThat(e.reason()).isEqualTo(Reason.ENVELOPE_MALFORMED);
    }
  }

  private static byte[] gzip(byte[] bytes) throws IOException {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    try (GZIPOutputStream zip = new GZIPOutputStream(out)) {
      zip.write(bytes);
    }
    return out.toByteArray();
  }
}
