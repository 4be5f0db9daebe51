package io.towline.hub.app;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.towline.envelope.TrustedRoot;
import io.towline.hub.sign.HubKeys;
import io.towline.hub.store.Fleet.Root;
import io.towline.hub.store.StoreFixture;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.sql.Statement;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class FoundingTest {
  @TempDir Path directory;
  private StoreFixture store;

  @BeforeEach
  void open() {
    store = new StoreFixture(directory, false);
  }

  @AfterEach
  void close() {
    store.close();
  }

  @Test
  void foundsAFleetOnceAndFindsItAtEveryOtherStart() {
    TrustedRoot founded = newestRoot();

    TrustedRoot found = newestRoot();

    assertThat(found.payload()).isEqualTo(founded.payload());
    assertThat(store.fleet.identity())
        .hasValueSatisfying(
            identity -> assertThat(identity.id()).isEqualTo(founded.document().fleet()));
    assertThat(store.fleet.rootsAfter(0)).extracting(Root::version).containsExactly(1L);
  }

  @Test
  void aStartThatDiedAfterItsKeysWereMadeIsContinuedWithThem() {
    HubKeys left = keys();

    TrustedRoot founded = newestRoot();

    assertThat(founded.document().keys()).containsKey(left.envelopeKey().id());
  }

  @Test
  void refusesAFleetWithoutItsFirstRoot() {
    newestRoot();
    sql("delete from root");

    assertThatThrownBy(() -> newestRoot())
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("first root");
  }

  @Test
  void refusesARootThatFollowsTheFirstWithoutItsSignature() {
    TrustedRoot founded = newestRoot();
    store.fleet.add(new Root(2, founded.dsse()), 1);

    assertThatThrownBy(() -> newestRoot()).isInstanceOf(RuntimeException.class);
    assertThat(store.fleet.identity())
        .hasValueSatisfying(
            identity -> assertThat(identity.id()).isEqualTo(founded.document().fleet()));
  }

  private TrustedRoot newestRoot() {
    return new Founding(store.fleet, keys(), directory, store).newestRoot();
  }

  private HubKeys keys() {
    return HubKeys.open(directory, new SecureRandom());
  }

  private void sql(String text) {
    store.database.inTransaction(
        connection -> {
          try (Statement statement = connection.createStatement()) {
            return statement.executeUpdate(text);
          }
        });
  }
}
