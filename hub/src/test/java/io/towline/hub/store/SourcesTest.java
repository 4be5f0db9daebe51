package io.towline.hub.store;

import static org.assertj.core.api.Assertions.assertThat;

import io.towline.hub.git.Revision;
import io.towline.hub.resolve.Problem;
import io.towline.hub.store.Sources.Configured;
import io.towline.hub.store.TargetState.Held;
import io.towline.vocabulary.Reason;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SourcesTest {
  private static final Configured FLEET = configured("fleet", "https://git.example/fleet.git");
  private static final Configured APPS = configured("apps", "https://git.example/apps.git");
  private static final Held AWAY = new Held(Reason.SOURCE_UNREACHABLE, "does not answer in time");

  private StoreFixture store;
  private SourceQueries queries;

  @BeforeEach
  void open(@TempDir Path directory) {
    store = new StoreFixture(directory);
    queries = new SourceQueries(store.database);
    store.sources.configure(List.of(FLEET, APPS));
    store.announced.clear();
  }

  @AfterEach
  void close() {
    store.close();
  }

  @Test
  void theTableHoldsTheConfiguredSourcesAndNoOthers() {
    Configured tools = configured("tools", "https://git.example/tools.git");

    store.sources.configure(List.of(FLEET, tools));

    assertThat(queries.named(List.of("apps", "fleet", "tools")))
        .extracting(SourceView::name)
        .containsExactlyInAnyOrder("fleet", "tools");
    assertThat(store.announced).containsExactly(Changes.Topic.FLEET);
  }

  @Test
  void theSameConfigurationAgainChangesNothingAndWakesNobody() {
    store.sources.succeeded(revision("fleet", "a1"));
    store.announced.clear();

    store.sources.configure(List.of(APPS, FLEET));

    assertThat(store.sources.lastGood("fleet")).contains(commit("a1"));
    assertThat(store.announced).isEmpty();
  }

  @Test
  void anotherRepositoryUnderTheSameNameBeginsAnew() {
    store.sources.succeeded(revision("fleet", "a1"));
    store.sources.problems("fleet", List.of(problem(1)));

    store.sources.configure(List.of(configured("fleet", "https://git.example/other.git"), APPS));

    assertThat(store.sources.lastGood("fleet")).isEmpty();
    assertThat(view("fleet").problems()).isEmpty();
  }

  @Test
  void anotherPolicyOnSignaturesKeepsWhatWasGood() {
    store.sources.succeeded(revision("fleet", "a1"));

    store.sources.configure(
        List.of(new Configured(FLEET.name(), FLEET.url(), FLEET.ref(), "head"), APPS));

    assertThat(store.sources.lastGood("fleet")).contains(commit("a1"));
  }

  @Test
  void aFailureKeepsTheLastGoodCommitAndASuccessEndsIt() {
    store.sources.succeeded(revision("fleet", "a1"));
    Instant good = store.instant();
    store.advance(Duration.ofMinutes(1));

    store.sources.failed("fleet", AWAY, Optional.empty());

    SourceView failing = view("fleet");
    assertThat(failing.commit()).contains(commit("a1"));
    assertThat(failing.lastSuccessAt()).contains(good);
    assertThat(failing.lastAttemptAt()).contains(store.instant());
    assertThat(failing.reason()).contains("SourceUnreachable");
    assertThat(failing.message()).isEqualTo(AWAY.message());

    store.advance(Duration.ofMinutes(1));
    store.sources.succeeded(revision("fleet", "a1"));

    assertThat(view("fleet").reason()).isEmpty();
    assertThat(view("fleet").lastSuccessAt()).contains(store.instant());
  }

  @Test
  void aFetchThatFoundNothingNewWakesNobody() {
    store.sources.succeeded(revision("fleet", "a1"));
    store.sources.failed("apps", AWAY, Optional.empty());
    store.announced.clear();

    store.sources.succeeded(revision("fleet", "a1"));
    store.sources.failed("apps", AWAY, Optional.empty());

    assertThat(store.announced).isEmpty();
    store.sources.succeeded(revision("fleet", "b2"));
    assertThat(store.announced).containsExactly(Changes.Topic.FLEET);
  }

  @Test
  void whatAFetchSaysOfASourceThatLeftTheConfigurationIsNotKept() {
    store.sources.configure(List.of(APPS));

    store.sources.succeeded(revision("fleet", "a1"));
    store.sources.failed("fleet", AWAY, Optional.empty());

    assertThat(queries.find("fleet")).isEmpty();
    assertThat(store.sources.lastGood("fleet")).isEmpty();
  }

  @Test
  void problemsAreReplacedAsAWholeAndInTheirOrder() {
    store.sources.problems("fleet", List.of(problem(3), problem(1)));

    store.sources.problems("fleet", List.of(problem(2), problem(4), problem(1)));

    assertThat(view("fleet").problems())
        .extracting(SourceView.StoredProblem::line)
        .containsExactly(2, 4, 1);
    store.announced.clear();
    store.sources.problems("fleet", List.of(problem(2), problem(4), problem(1)));
    assertThat(store.announced).isEmpty();
    store.sources.problems("fleet", List.of());
    assertThat(view("fleet").problems()).isEmpty();
  }

  @Test
  void noMoreProblemsAreKeptThanItsLimit() {
    List<Problem> many =
        IntStream.rangeClosed(1, Sources.MAX_PROBLEMS + 5).mapToObj(SourcesTest::problem).toList();

    store.sources.problems("fleet", many);
    store.announced.clear();
    store.sources.problems("fleet", many);

    int kept =
        store.database.inTransaction(
            connection ->
                Sql.one(connection, "select count(*) from problem", row -> row.getInt(1))
                    .orElse(0));
    assertThat(kept).isEqualTo(Sources.MAX_PROBLEMS);
    assertThat(store.announced).isEmpty();
  }

  private SourceView view(String name) {
    return queries.find(name).orElseThrow();
  }

  private static Configured configured(String name, String url) {
    return new Configured(name, url, "refs/heads/main", "none");
  }

  private static Revision revision(String source, String id) {
    return new Revision(
        source,
        "https://git.example/" + source + ".git",
        "refs/heads/main",
        commit(id),
        Instant.parse("2026-11-23T07:00:00Z"),
        Optional.empty());
  }

  private static String commit(String id) {
    return id.repeat(20);
  }

  private static Problem problem(int line) {
    return new Problem(
        "web",
        "apps/web/towline.yaml",
        line,
        1,
        "name",
        Reason.DECLARATION_INVALID,
        "line " + line);
  }
}
