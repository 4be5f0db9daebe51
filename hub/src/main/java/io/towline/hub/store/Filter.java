package io.towline.hub.store;

import java.util.ArrayList;
import java.util.List;

/**
 * A conjunction of terms over the fields of one kind of resource.
 *
 * @param terms all of them have to hold; none: everything matches
 */
public record Filter(List<Term> terms) {
  /** Matches everything. */
  public static final Filter ALL = new Filter(List.of());

  /** What a term looks at. */
  public sealed interface Field {
    /** A field of the resource, by its name in filters. */
    record Named(String name) implements Field {}

    /** A label; a resource without it has no value there, and equals none. */
    record Label(String key) implements Field {}
  }

  /**
   * One condition.
   *
   * @param negated whether the field must be none of the values instead of one of them
   */
  public record Term(Field field, boolean negated, List<String> values) {
    public Term {
      values = List.copyOf(values);
      if (values.isEmpty()) {
        throw new IllegalArgumentException("A term compares with at least one value");
      }
    }
  }

  public Filter {
    terms = List.copyOf(terms);
  }

  /** This one and another condition. */
  public Filter and(String field, List<String> values) {
    List<Term> more = new ArrayList<>(terms);
    more.add(new Term(new Field.Named(field), false, values));
    return new Filter(more);
  }
}
