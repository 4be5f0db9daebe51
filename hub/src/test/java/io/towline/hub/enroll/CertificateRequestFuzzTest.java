package io.towline.hub.enroll;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import io.towline.envelope.Digest;
import io.towline.vocabulary.Reason;
import java.util.Arrays;
import java.util.stream.Stream;
import org.junit.jupiter.params.provider.MethodSource;

class CertificateRequestFuzzTest {
  static Stream<byte[]> requests() {
    byte[] request = TestAgent.create().request();
    return Stream.of(request, Arrays.copyOf(request, request.length - 1));
  }

  /** Whoever changes a request would have to sign it anew. */
  @MethodSource("requests")
  @FuzzTest
  void aRequestIsForTheKeyThatSignedItOrIsRefused(byte[] bytes) {
    try {
      CertificateRequest request = CertificateRequest.parse(bytes);
      assertThat(request.digest()).isEqualTo(Digest.of(request.key().getEncoded()));
      byte[] longer = Arrays.copyOf(bytes, bytes.length + 1);
      assertThat(refusal(longer)).isEqualTo(Reason.CERTIFICATE_REQUEST_INVALID);
    } catch (EnrollException e) {
      assertThat(e.reason()).isEqualTo(Reason.CERTIFICATE_REQUEST_INVALID);
    }
  }

  private static Reason refusal(byte[] bytes) {
    try {
      CertificateRequest.parse(bytes);
      throw new AssertionError("a request with something behind it is taken");
    } catch (EnrollException e) {
      return e.reason();
    }
  }
}
