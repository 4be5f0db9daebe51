package io.towline.hub.stream;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import com.google.protobuf.ByteString;
import com.google.protobuf.CodedOutputStream;
import io.grpc.CallOptions;
import io.grpc.Channel;
import io.grpc.Codec;
import io.grpc.Compressor;
import io.grpc.CompressorRegistry;
import io.grpc.MethodDescriptor;
import io.grpc.Status;
import io.grpc.Status.Code;
import io.grpc.StatusRuntimeException;
import io.grpc.stub.ClientCalls;
import io.towline.agent.v1.AgentFacts;
import io.towline.agent.v1.AgentServiceGrpc;
import io.towline.agent.v1.EnrollRequest;
import io.towline.agent.v1.FollowRequest;
import io.towline.agent.v1.GetRootsRequest;
import io.towline.hub.store.FleetFixture;
import io.towline.hub.store.KnownCluster;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Messages that are not what the API says (B86, B89): the call ends, and nothing else does. */
class BadMessageTest {
  private static final int LENGTH_DELIMITED = 2;
  private static final int START_GROUP = 3;
  private static final int END_GROUP = 4;
  private static final int UNKNOWN_FIELD = 900;

  private final RecordingSink sink = new RecordingSink();
  private FleetFixture fixture;
  private AgentsPort port;
  private KnownCluster cluster;

  @BeforeEach
  void open(@TempDir Path directory) throws IOException {
    fixture = new FleetFixture(directory);
    cluster = fixture.cluster("store-0001", Map.of());
    port = new AgentsPort(fixture, directory, sink);
  }

  /** After every message an agent is served as before, and nothing is known of it that is wrong. */
  @AfterEach
  void anAgentIsServed() throws Exception {
    assertThat(
            port.blocking(cluster.name())
                .getRoots(GetRootsRequest.getDefaultInstance())
                .getRootsCount())
        .isEqualTo(1);
    assertThat(sink.calls).isEmpty();
    assertThat(port.streams.streams()).isZero();
    port.close();
    fixture.close();
  }

  static Stream<Arguments> noMessages() throws IOException {
    byte[] good =
        FollowRequest.newBuilder()
            .setFacts(AgentFacts.newBuilder().setAgentVersion("1"))
            .build()
            .toByteArray();
    Map<String, byte[]> bad = new LinkedHashMap<>();
    bad.put("groups 101 deep", nested(101));
    bad.put("groups 100,000 deep", nested(100_000));
    bad.put("a group that does not end", tag(UNKNOWN_FIELD, START_GROUP));
    bad.put("an end without a group", tag(UNKNOWN_FIELD, END_GROUP));
    bad.put("a version that is no UTF-8", version(new byte[] {(byte) 0xc3, 0x28}));
    bad.put("a version of overlong UTF-8", version(new byte[] {(byte) 0xc0, (byte) 0x80}));
    bad.put("a version with half a surrogate", version(new byte[] {(byte) 0xed, (byte) 0xa0, 0}));
    bad.put("garbage behind it", joined(good, new byte[] {0, 0, 0}));
    bad.put("field number zero", joined(good, new byte[] {2, 1, 'x'}));
    bad.put("an unknown wire type", joined(good, new byte[] {0x0f}));
    bad.put("a length beyond its end", joined(good, new byte[] {0x12, 0x7f}));
    bad.put("a negative length", joined(good, varint(0x12), varint(-1)));
    bad.put("a number of eleven bytes", "\u00ff".repeat(11).getBytes(StandardCharsets.ISO_8859_1));
    return bad.entrySet().stream().map(entry -> Arguments.of(entry.getKey(), entry.getValue()));
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("noMessages")
  void endsTheCallOfWhatIsNoMessage(String what, byte[] message) throws Exception {
    Channel channel = port.channel(Optional.of(port.agent(cluster.name())));

    StatusRuntimeException refusal =
        catchThrowableOfType(
            StatusRuntimeException.class,
            () ->
                ClientCalls.blockingServerStreamingCall(
                        channel,
                        raw(AgentServiceGrpc.getFollowMethod()),
                        CallOptions.DEFAULT,
                        message)
                    .hasNext());

    assertThat(refusal).as(what).isNotNull();
    assertThat(refusal.getStatus().getCode())
        .isIn(Code.INTERNAL, Code.UNKNOWN, Code.CANCELLED, Code.INVALID_ARGUMENT);
  }

  @Test
  void refusesAFieldThatIsRepeatedAMillionTimes() throws Exception {
    AgentFacts.Builder facts = AgentFacts.newBuilder();
    for (int i = 0; i < 1_000_000; i++) {
      facts.addSealRecipients("");
    }
    Status tooLarge = followEnds(facts);
    facts.clearSealRecipients();
    for (int i = 0; i < 100_000; i++) {
      facts.addSealRecipients("");
    }

    assertThat(tooLarge.getCode()).isEqualTo(Code.RESOURCE_EXHAUSTED);
    assertThat(followEnds(facts).getCode()).isEqualTo(Code.INVALID_ARGUMENT);
  }

  private Status followEnds(AgentFacts.Builder facts) throws Exception {
    return catchThrowableOfType(
            StatusRuntimeException.class,
            () ->
                port.blocking(cluster.name())
                    .follow(FollowRequest.newBuilder().setFacts(facts).build())
                    .hasNext())
        .getStatus();
  }

  @Test
  void refusesAMessageThatUnpacksToMoreThanItMayHave() throws Exception {
    EnrollRequest bomb =
        EnrollRequest.newBuilder()
            .setCertificateRequest(ByteString.copyFrom(new byte[64 << 20]))
            .build();

    StatusRuntimeException refusal =
        catchThrowableOfType(
            StatusRuntimeException.class,
            () ->
                port.stranger()
                    .withCompression(new Codec.Gzip().getMessageEncoding())
                    .enroll(bomb));

    // Not what Enroll answers to a request that it has read.
    assertThat(refusal.getStatus().getCode()).isIn(Code.RESOURCE_EXHAUSTED, Code.UNKNOWN);
  }

  @Test
  void refusesAnEncodingThatItDoesNotKnow() throws Exception {
    CompressorRegistry.getDefaultInstance().register(new Unheard());

    StatusRuntimeException refusal =
        catchThrowableOfType(
            StatusRuntimeException.class,
            () ->
                port.stranger()
                    .withCompression(Unheard.NAME)
                    .enroll(EnrollRequest.newBuilder().setTokenSecret("x".repeat(100)).build()));

    assertThat(refusal.getStatus().getCode()).isEqualTo(Code.UNIMPLEMENTED);
  }

  /** Compresses nothing, under a name that no server knows. */
  private static final class Unheard implements Compressor {
    static final String NAME = "unheard";

    @Override
    public String getMessageEncoding() {
      return NAME;
    }

    @Override
    public OutputStream compress(OutputStream to) {
      return to;
    }
  }

  private static byte[] nested(int depth) throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    for (int i = 0; i < depth; i++) {
      bytes.writeBytes(tag(UNKNOWN_FIELD, START_GROUP));
    }
    for (int i = 0; i < depth; i++) {
      bytes.writeBytes(tag(UNKNOWN_FIELD, END_GROUP));
    }
    return bytes.toByteArray();
  }

  private static byte[] version(byte[] text) throws IOException {
    byte[] facts =
        joined(
            tag(AgentFacts.AGENT_VERSION_FIELD_NUMBER, LENGTH_DELIMITED),
            varint(text.length),
            text);
    return joined(
        tag(FollowRequest.FACTS_FIELD_NUMBER, LENGTH_DELIMITED), varint(facts.length), facts);
  }

  private static byte[] tag(int field, int wireType) throws IOException {
    return varint((field << 3) | wireType);
  }

  private static byte[] varint(int value) throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    CodedOutputStream out = CodedOutputStream.newInstance(bytes);
    out.writeUInt32NoTag(value);
    out.flush();
    return bytes.toByteArray();
  }

  private static byte[] joined(byte[]... parts) {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    for (byte[] part : parts) {
      bytes.writeBytes(part);
    }
    return bytes.toByteArray();
  }

  /** The same method with bytes that nobody looked at. */
  private static <Q, R> MethodDescriptor<byte[], R> raw(MethodDescriptor<Q, R> method) {
    return method.toBuilder(new Bytes(), method.getResponseMarshaller()).build();
  }

  private static final class Bytes implements MethodDescriptor.Marshaller<byte[]> {
    @Override
    public InputStream stream(byte[] value) {
      return new ByteArrayInputStream(value);
    }

    @Override
    public byte[] parse(InputStream stream) {
      throw new UnsupportedOperationException("only sent");
    }
  }
}
