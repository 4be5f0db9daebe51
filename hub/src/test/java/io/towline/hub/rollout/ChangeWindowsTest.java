package io.towline.hub.rollout;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.towline.hub.resolve.ChangeWindow;
import io.towline.hub.resolve.CronSchedule;
import io.towline.vocabulary.Reason;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ChangeWindowsTest {
  private static ChangeWindow window(
      String schedule, String duration, String zone, boolean allows) {
    return new ChangeWindow(
        "", CronSchedule.parse(schedule), Duration.parse(duration), ZoneId.of(zone), allows);
  }

  private static ChangeWindows allowing(String schedule, String duration, String zone) {
    return new ChangeWindows(List.of(window(schedule, duration, zone, true)));
  }

  @ParameterizedTest(name = "{0} for {1} in {2} at {3}: {4}")
  @CsvSource({
    // Office hours in Berlin: winter is one hour ahead of UTC, summer two.
    "0 9 * * MON-FRI, PT7H, Europe/Berlin, 2026-11-24T07:59:59Z, false, 2026-11-24T08:00:00Z",
    "0 9 * * MON-FRI, PT7H, Europe/Berlin, 2026-11-24T08:00:00Z, true, 2026-11-24T08:00:00Z",
    "0 9 * * MON-FRI, PT7H, Europe/Berlin, 2026-11-24T14:59:59Z, true, 2026-11-24T14:59:59Z",
    "0 9 * * MON-FRI, PT7H, Europe/Berlin, 2026-11-24T15:00:00Z, false, 2026-11-25T08:00:00Z",
    "0 9 * * MON-FRI, PT7H, Europe/Berlin, 2026-11-27T15:00:00Z, false, 2026-11-30T08:00:00Z",
    "0 9 * * MON-FRI, PT7H, Europe/Berlin, 2026-07-01T07:00:00Z, true, 2026-07-01T07:00:00Z",
    // Over midnight, and from the evening before.
    "0 22 * * SAT, PT6H, UTC, 2026-11-29T03:59:59Z, true, 2026-11-29T03:59:59Z",
    "0 22 * * SAT, PT6H, UTC, 2026-11-29T04:00:00Z, false, 2026-12-05T22:00:00Z",
    // Berlin leaves out 02:00 to 03:00 on 29 March 2026: the start is when the gap ends, 01:00 UTC.
    "30 2 * * *, PT1H, Europe/Berlin, 2026-03-29T00:59:59Z, false, 2026-03-29T01:00:00Z",
    "30 2 * * *, PT1H, Europe/Berlin, 2026-03-29T01:59:59Z, true, 2026-03-29T01:59:59Z",
    "30 2 * * *, PT1H, Europe/Berlin, 2026-03-29T02:00:00Z, false, 2026-03-30T00:30:00Z",
    // Berlin has 02:00 to 03:00 twice on 25 October 2026: the first counts, and once.
    "30 2 * * *, PT30M, Europe/Berlin, 2026-10-25T00:30:00Z, true, 2026-10-25T00:30:00Z",
    "30 2 * * *, PT30M, Europe/Berlin, 2026-10-25T01:30:00Z, false, 2026-10-26T01:30:00Z",
    // A window over a clock change lasts as long as it says, not until an hour of the wall clock.
    "0 1 * * *, PT4H, Europe/Berlin, 2026-10-25T02:59:59Z, true, 2026-10-25T02:59:59Z",
    "0 1 * * *, PT4H, Europe/Berlin, 2026-10-25T03:00:00Z, false, 2026-10-26T00:00:00Z",
    // Steps, lists, Sunday as 7, both kinds of days, a leap day.
    "*/20 8 * * 7, PT1M, UTC, 2026-11-29T08:40:30Z, true, 2026-11-29T08:40:30Z",
    "0 0 1 * FRI, PT1H, UTC, 2026-11-24T00:00:00Z, false, 2026-11-27T00:00:00Z",
    "0 0 1 * FRI, PT1H, UTC, 2026-11-27T01:00:00Z, false, 2026-12-01T00:00:00Z",
    "0 0 29 FEB *, PT1H, UTC, 2026-11-24T00:00:00Z, false, 2028-02-29T00:00:00Z",
    "'0 6,18 * * *', PT1H, Asia/Kolkata, 2026-11-24T00:30:00Z, true, 2026-11-24T00:30:00Z",
  })
  void anAllowedTimeIsOpenFromItsStartUntilBeforeItsEnd(
      String schedule, String duration, String zone, Instant now, boolean open, Instant opening) {
    ChangeWindows windows = allowing(schedule, duration, zone);

    assertThat(windows.isOpen(now)).isEqualTo(open);
    assertThat(windows.nextOpening(now)).contains(opening);
    assertThat(windows.hold("New revisions", now).isEmpty()).isEqualTo(open);
  }

  @Test
  void withoutAWindowItIsAlwaysOpenAndADenialAloneClosesItForItsTime() {
    Instant night = Instant.parse("2026-11-24T23:30:00Z");
    ChangeWindow nights = window("0 23 * * *", "PT7H", "UTC", false);

    assertThat(new ChangeWindows(List.of()).isOpen(night)).isTrue();
    assertThat(new ChangeWindows(List.of(nights)).nextOpening(night))
        .contains(Instant.parse("2026-11-25T06:00:00Z"));
    assertThat(new ChangeWindows(List.of(nights)).isOpen(night.minusSeconds(1801))).isTrue();
  }

  @Test
  void aDenialBeatsWhatIsAllowed() {
    ChangeWindows windows =
        new ChangeWindows(
            List.of(
                window("0 9 * * *", "PT8H", "UTC", true),
                window("0 0 24 12 *", "PT72H", "UTC", false)));

    assertThat(windows.isOpen(Instant.parse("2026-12-23T10:00:00Z"))).isTrue();
    assertThat(windows.isOpen(Instant.parse("2026-12-24T10:00:00Z"))).isFalse();
    assertThat(windows.nextOpening(Instant.parse("2026-12-24T10:00:00Z")))
        .contains(Instant.parse("2026-12-27T09:00:00Z"));
  }

  @Test
  void whoWaitsIsToldTheOpeningInTheZoneOfTheWindowAndInUtc() {
    Hold hold =
        allowing("0 9 * * MON-FRI", "PT7H", "Europe/Berlin")
            .hold("New revisions", Instant.parse("2026-11-28T12:00:00Z"))
            .orElseThrow();

    assertThat(hold.reason()).isEqualTo(Reason.AWAITING_WINDOW);
    assertThat(hold.message())
        .isEqualTo(
            "New revisions wait for the change window, which opens 2026-11-30 09:00 Europe/Berlin"
                + " (2026-11-30T08:00:00Z).");
  }

  @Test
  void whatIsDeniedForEverSaysSo() {
    assertThat(
            new ChangeWindows(List.of(window("0 0 * * *", "PT24H", "UTC", false)))
                .hold("New revisions", Instant.parse("2026-11-28T12:00:00Z"))
                .orElseThrow()
                .message())
        .contains("none is in sight");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "* * * *",
        "60 * * * *",
        "* 24 * * *",
        "* * 0 * *",
        "* * * 13 *",
        "* * * * 8",
        "5-1 * * * *",
        "*/0 * * * *",
        "x * * * *",
        "*-5 * * * *",
        "1,,2 * * * *",
        "0 0 30 2 *"
      })
  void whatIsNoScheduleIsRefused(String text) {
    assertThatThrownBy(() -> CronSchedule.parse(text)).isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void whatIsOpenClosesWhenItsLastWindowEndsOrOneThatDeniesBegins() {
    Instant ten = Instant.parse("2026-11-24T10:00:00Z");
    ChangeWindow office = window("0 9 * * *", "PT7H", "UTC", true);
    ChangeWindow overlapping = window("0 12 * * *", "PT6H", "UTC", true);
    ChangeWindow lunch = window("0 11 * * *", "PT1H", "UTC", false);

    assertThat(new ChangeWindows(List.of(office)).nextClosing(ten))
        .contains(Instant.parse("2026-11-24T16:00:00Z"));
    assertThat(new ChangeWindows(List.of(office, overlapping)).nextClosing(ten))
        .contains(Instant.parse("2026-11-24T18:00:00Z"));
    assertThat(new ChangeWindows(List.of(office, lunch)).nextClosing(ten))
        .contains(Instant.parse("2026-11-24T11:00:00Z"));
    assertThat(new ChangeWindows(List.of(lunch)).nextClosing(Instant.parse("2026-11-24T11:30:00Z")))
        .contains(Instant.parse("2026-11-24T11:30:00Z"));
    assertThat(new ChangeWindows(List.of()).nextClosing(ten)).isEmpty();
  }
}
