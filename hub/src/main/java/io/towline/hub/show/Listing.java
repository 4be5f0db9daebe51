package io.towline.hub.show;

import io.towline.hub.store.Cursor;
import io.towline.hub.store.Filter;
import io.towline.hub.store.FilterFields;
import io.towline.hub.store.Page;
import io.towline.hub.store.PageRequest;
import io.towline.hub.stream.Refusal;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/**
 * What the List calls have in common (AIP-132, AIP-158): page size, page token, filter and order,
 * judged before anything is read.
 *
 * @param binding what a page token of this list is good for
 */
record Listing(Filter filter, OrderBy order, PageRequest page, List<String> binding) {
  static final int DEFAULT_SIZE = 50;

  /** A field to sort by; its name as requests give it. */
  record OrderBy(String field, boolean descending) {}

  Listing {
    binding = List.copyOf(binding);
  }

  /**
   * Reads a request.
   *
   * @param orders the fields that can be sorted by, the default first
   * @throws io.grpc.StatusRuntimeException INVALID_ARGUMENT
   */
  static Listing of(
      String method,
      String parent,
      int pageSize,
      String pageToken,
      String filter,
      FilterFields fields,
      String orderBy,
      String... orders) {
    if (pageSize < 0) {
      throw Refusal.badField("PAGE_SIZE_NEGATIVE", "page_size", "A page size is not negative.");
    }
    Filter parsed = filter(filter, fields);
    OrderBy order = order(orderBy, orders);
    List<String> binding =
        List.of(method, parent, filter, order.field(), Boolean.toString(order.descending()));
    Optional<Cursor> after = Optional.empty();
    if (!pageToken.isEmpty()) {
      after = PageTokens.read(pageToken, binding.toArray(String[]::new));
      if (after.isEmpty()) {
        throw badToken();
      }
    }
    int size = pageSize == 0 ? DEFAULT_SIZE : Math.min(pageSize, PageRequest.MAX_SIZE);
    return new Listing(parsed, order, new PageRequest(size, after), binding);
  }

  /** The token for what follows a page; empty at the end. */
  String next(Page<?> page) {
    return page.next()
        .map(cursor -> PageTokens.write(cursor, binding.toArray(String[]::new)))
        .orElse("");
  }

  static Filter filter(String text, FilterFields fields) {
    try {
      return FilterParser.parse(text, fields);
    } catch (BadFilterException e) {
      throw Refusal.badField("FILTER_INVALID", "filter", String.valueOf(e.getMessage()));
    }
  }

  static io.grpc.StatusRuntimeException badToken() {
    return Refusal.badField(
        "PAGE_TOKEN_INVALID",
        "page_token",
        "The page token is not of this list: its parent, filter or order is another one.");
  }

  private static OrderBy order(String text, String... orders) {
    String[] words = text.strip().split("\\s+", -1);
    if (words.length == 1 && words[0].isEmpty()) {
      return new OrderBy(orders[0], false);
    }
    boolean descending = words.length == 2 && words[1].toLowerCase(Locale.ROOT).equals("desc");
    boolean ascending =
        words.length == 1 || (words.length == 2 && words[1].toLowerCase(Locale.ROOT).equals("asc"));
    if (!(descending || ascending) || !Arrays.asList(orders).contains(words[0])) {
      throw Refusal.badField(
          "ORDER_INVALID",
          "order_by",
          "A list is ordered by one of "
              + String.join(", ", orders)
              + ", followed by desc or not.");
    }
    return new OrderBy(words[0], descending);
  }
}
