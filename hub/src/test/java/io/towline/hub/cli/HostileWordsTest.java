package io.towline.hub.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.google.protobuf.Descriptors.FieldDescriptor;
import com.google.protobuf.Message;
import io.towline.fleet.v1.Bundle;
import io.towline.fleet.v1.Cluster;
import io.towline.fleet.v1.Condition;
import io.towline.fleet.v1.Connection;
import io.towline.fleet.v1.Drift;
import io.towline.fleet.v1.Event;
import io.towline.fleet.v1.FieldChange;
import io.towline.fleet.v1.FleetSummary;
import io.towline.fleet.v1.ObjectProblem;
import io.towline.fleet.v1.Problem;
import io.towline.fleet.v1.Source;
import io.towline.fleet.v1.Status;
import io.towline.fleet.v1.Target;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Agents, Git and clusters say many words, and some of them are for the terminal of whoever reads:
 * none of them gets there, from whichever field of whichever answer.
 */
class HostileWordsTest {
  private static final String HOSTILE =
      "<script>\u001b]0;owned\u0007\u001b[2J\u009b31m\u202egnp\u200b\r\n\u007f\u0000";

  private final FakeHub hub = new FakeHub();

  @BeforeEach
  void haveAHostileFleet() {
    hub.clusters.add(
        hostile(
            Cluster.newBuilder()
                .setName("clusters/oslo")
                .setConnection(Connection.CONNECTION_ONLINE)
                .build()));
    hub.bundles.add(
        hostile(
            Bundle.newBuilder().setName("bundles/shop").setStatus(Status.STATUS_FAILED).build()));
    hub.targets.add(
        hostile(
            Target.newBuilder()
                .setName("bundles/shop/targets/oslo")
                .setStatus(Status.STATUS_FAILED)
                .addConditions(Condition.getDefaultInstance())
                .addProblems(ObjectProblem.getDefaultInstance())
                .build()));
    hub.sources.add(
        hostile(
            Source.newBuilder()
                .setName("sources/fleet")
                .addProblems(Problem.getDefaultInstance())
                .build()));
    hub.drift.add(
        hostile(
            Drift.newBuilder()
                .setName("bundles/shop/targets/oslo/drift/1")
                .addFields(FieldChange.getDefaultInstance())
                .build()));
    hub.events.add(hostile(Event.newBuilder().setName("events/1").build()));
    hub.summary =
        hostile(
            FleetSummary.newBuilder()
                .addNeedsAttention(hub.targets.getFirst())
                .addFailingSources(hub.sources.getFirst())
                .setOldestOffline(hub.clusters.getFirst())
                .build());
  }

  @AfterEach
  void stop() {
    hub.close();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "status",
        "get clusters",
        "get bundles",
        "get targets",
        "get sources",
        "events",
        "drift",
        "describe target shop@oslo",
        "describe cluster oslo",
        "describe bundle shop",
        "describe source fleet",
        "wait target/shop@oslo --for ready --timeout 1s"
      })
  void noWordReachesTheTerminalAsACommandToIt(String command) {
    for (String output : List.of("table", "wide", "json", "yaml", "name")) {
      boolean listing = !command.startsWith("describe") && !command.startsWith("wait");
      Result result = run(listing ? command + " -o " + output : command);

      assertThat((result.out() + result.err()).codePoints().filter(point -> point != '\n'))
          .as("%s -o %s: %s", command, output, result.out() + result.err())
          .noneMatch(Character::isISOControl)
          .noneMatch(point -> Character.getType(point) == Character.FORMAT);
    }
  }

  @Test
  void programsReadTheWordsAsTheyWereSaid() throws Exception {
    String said =
        new ObjectMapper()
            .readTree(run("get targets -o json").out())
            .at("/items/0/message")
            .textValue();

    assertThat(said).isEqualTo(HOSTILE);
  }

  /** Every text of a message but its name, and of all messages in it, is replaced. */
  @SuppressWarnings("unchecked") // A builder builds what it was made from.
  private static <T extends Message> T hostile(T message) {
    Message.Builder builder = message.toBuilder();
    for (FieldDescriptor field : message.getDescriptorForType().getFields()) {
      boolean text = field.getJavaType() == FieldDescriptor.JavaType.STRING;
      boolean nested = field.getJavaType() == FieldDescriptor.JavaType.MESSAGE;
      if (field.isMapField()) {
        continue;
      }
      if (text && field.isRepeated()) {
        builder.addRepeatedField(field, HOSTILE);
      } else if (text && !field.getName().equals("name")) {
        builder.setField(field, HOSTILE);
      } else if (nested && field.isRepeated()) {
        for (int i = 0; i < message.getRepeatedFieldCount(field); i++) {
          builder.setRepeatedField(field, i, hostile((Message) message.getRepeatedField(field, i)));
        }
      } else if (nested && (message.hasField(field) || field.getName().equals("object"))) {
        builder.setField(field, hostile((Message) message.getField(field)));
      }
    }
    return (T) builder.build();
  }

  private Result run(String command) {
    return Result.of(
        Map.of("LANG", "C.UTF-8", "TOWLINE_HUB", hub.address(), "TOWLINE_TOKEN", FakeHub.TOKEN),
        InstantSource.fixed(Instant.parse("2026-11-23T12:00:00Z")),
        command.split(" ", -1));
  }
}
