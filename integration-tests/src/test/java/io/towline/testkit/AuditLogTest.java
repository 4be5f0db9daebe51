package io.towline.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class AuditLogTest {

  private static final String CONFIG_MAPS = "/api/v1/namespaces/default/configmaps";
  private static final Duration SOON = Duration.ofSeconds(30);

  @Test
  void countsEachWriteOnceAndKnowsWhoseItWasAndWhen(@TempDir Path scratch) {
    try (ControlPlane cluster = ControlPlane.start("audited", scratch, Workloads.KEPT)) {
      AuditLog log = cluster.auditLog();
      KubeClient agent = cluster.apiServer().client(ApiServer.AGENT);
      Instant before = Instant.now();
      AuditLog.Mark beginning = log.mark();

      agent.create(CONFIG_MAPS, ApiServerTest.configMap("seen", "a", "b"));
      agent.get(CONFIG_MAPS + "/seen");
      agent.create(CONFIG_MAPS + "?dryRun=All", ApiServerTest.configMap("only-asked", "a", "b"));
      cluster
          .person()
          .patch(CONFIG_MAPS + "/seen", KubeClient.MERGE_PATCH, Map.of("data", Map.of("a", "c")));
      log.await(beginning, SOON, "alice's patch", patchBy -> patchBy.verb().equals("patch"));
      AuditLog.Mark middle = log.mark();
      agent.delete(CONFIG_MAPS + "/seen");
      log.await(middle, SOON, "the deletion", event -> event.verb().equals("delete"));
      AuditLog.Mark end = log.mark();

      assertThat(log.writesBy(ApiServer.AGENT, beginning))
          .extracting(AuditEvent::verb, AuditEvent::resource, AuditEvent::name)
          .containsExactly(
              tuple("create", "configmaps", "seen"), tuple("delete", "configmaps", "seen"));
      assertThat(log.writesBy(ApiServer.PERSON, beginning)).hasSize(1);
      assertThat(log.between(beginning, middle))
          .filteredOn(event -> event.user().equals(ApiServer.AGENT))
          .extracting(AuditEvent::verb)
          .containsExactly("create", "get", "create");
      assertThat(log.between(middle, end)).hasSize(1);
      assertThat(log.lastWriteAt(ApiServer.AGENT, beginning))
          .hasValueSatisfying(last -> assertThat(last).isBetween(before, Instant.now()));
      assertThat(log.lastWriteAt(ApiServer.AGENT, end)).isEmpty();
    }
  }

  @Test
  void tellsRefusedWritesFromGrantedOnes(@TempDir Path scratch) {
    try (ControlPlane cluster = ControlPlane.start("refusing", scratch, Workloads.KEPT)) {
      AuditLog log = cluster.auditLog();
      AuditLog.Mark beginning = log.mark();

      boolean deleted = cluster.admin().delete(CONFIG_MAPS + "/never-there");
      log.await(beginning, SOON, "the deletion", event -> event.verb().equals("delete"));

      assertThat(deleted).isFalse();
      List<AuditEvent> writes = log.writesBy(ApiServer.ADMIN, beginning);
      assertThat(writes).singleElement().satisfies(w -> assertThat(w.granted()).isFalse());
      assertThat(log.lastWriteAt(ApiServer.ADMIN, beginning)).isEmpty();
    }
  }
}
