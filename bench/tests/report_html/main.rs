//! The HTML page: one well-formed file that asks nobody for anything, for every report there is.

mod sample;

use std::collections::BTreeSet;

use sample::{invalid, realistic};
use tourbillon_bench::report::html::page;
use tourbillon_bench::report::model::CompareReport;

/// Reports from the usual to the absurd.
fn all() -> Vec<(&'static str, CompareReport)> {
    vec![
        ("realistic", realistic()),
        ("invalid", invalid()),
        ("empty", sample::empty()),
        ("no samples", sample::without_samples()),
        ("extreme", sample::extreme()),
        ("hostile", sample::hostile("</script><script>alert(1)</script>\"'&<!--\0")),
        ("many", sample::with_intervals(40)),
        ("one batch", sample::with_intervals(1)),
        ("no batch", sample::with_intervals(0)),
        ("few samples", sample::with_few_samples()),
    ]
}

#[test]
fn every_element_is_closed_where_it_should_be() {
    for (name, report) in all() {
        assert_balanced(name, &page(&report));
    }
}

#[test]
fn identifiers_are_unique_and_references_lead_somewhere() {
    for (name, report) in all() {
        let page = page(&report);
        let mut seen = BTreeSet::new();
        for id in attribute_values(&page, "id") {
            assert!(seen.insert(id), "{name}: id {id} stands twice");
        }
        let labels = attribute_values(&page, "aria-labelledby").flat_map(str::split_whitespace);
        for id in labels.chain(attribute_values(&page, "data-copy")) {
            assert!(seen.contains(id), "{name}: nothing has the id {id}");
        }
    }
}

#[test]
fn nothing_is_asked_of_the_network() {
    for (name, report) in all() {
        let page = page(&report).replace("http://www.w3.org/2000/svg", "");
        let policy =
            "content=\"default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'\"";
        assert!(page.contains(policy), "{name}");
        for request in
            ["http://", "https://", "<script src", "<link", "<img", "<iframe", "@import", "url("]
        {
            assert!(!page.contains(request), "{name}: {request}");
        }
    }
}

#[test]
fn the_page_stays_small() {
    for (name, report) in all() {
        let size = page(&report).len();
        assert!(size < 400_000, "{name}: {size} bytes");
    }
}

#[test]
fn the_same_report_gives_the_same_bytes() {
    for (name, report) in all() {
        assert_eq!(page(&report), page(&report.clone()), "{name}");
    }
}

#[test]
fn no_figure_is_printed_that_is_none() {
    for (name, report) in all() {
        let page = page(&report);
        let drawn = &page[..page.find("id=\"report-data\"").unwrap()];
        for word in ["NaN", "inf\"", "inf,", "inf ", ">inf<"] {
            assert!(!drawn.contains(word), "{name}: {word}");
        }
    }
}

#[test]
fn foreign_text_stays_text_everywhere() {
    let mark = "<script>alert(7)</script>";
    let page = page(&sample::hostile(mark));
    assert!(!page.contains(mark));
    assert!(!page.contains("alert(7)</script>"));
    // Feed, pattern, checksum, reasons, labels, findings, clock, environment, command ...
    let escaped = page.matches("&lt;script&gt;alert(7)&lt;/script&gt;").count();
    assert!(escaped >= 20, "only {escaped} of the strings are on the page");
}

#[test]
fn the_embedded_data_is_the_report() {
    for (name, report) in all() {
        let page = page(&report);
        let open = "<script type=\"application/json\" id=\"report-data\">";
        let start = page.find(open).unwrap() + open.len();
        let end = start + page[start..].find("</script>").unwrap();
        let parsed = |json: &str| serde_json::from_str::<serde_json::Value>(json).unwrap();
        let original = serde_json::to_string(&report).unwrap();
        assert!(parsed(&page[start..end]) == parsed(&original), "{name}");
    }
}

#[test]
fn an_invalid_comparison_says_so_first_and_why() {
    let report = invalid();
    let text = page(&report);
    let banner = text.find("<div class=\"invalid\"").expect("a banner");
    assert!(banner < text.find("class=\"cards void\"").expect("crossed-out figures"));
    for reason in &report.reasons {
        assert!(text[banner..].contains(reason.as_str()), "{reason}");
    }
    assert!(text.contains("Refuted"));
    let valid = page(&realistic());
    assert!(!valid.contains("<div class=\"invalid\"") && !valid.contains("cards void"));
    assert!(valid.contains("Proven"));
}

#[test]
fn the_headline_compares_with_the_batch_that_was_run_in_full() {
    let text = page(&realistic());
    let cards = &text[text.find("class=\"cards\"").unwrap()..text.find("<figure").unwrap()];
    // p50 of real-time and of the batch of 1 ms, and 542 µs / 1.23 µs between them.
    for figure in ["1.23 µs", "542 µs", "441 × lower in <span>real-time</span>", "micro-batch 1 ms"]
    {
        assert!(cards.contains(figure), "{figure} is not in {cards}");
    }
}

#[test]
fn percentiles_with_too_few_samples_are_hollow_and_not_printed() {
    assert!(!page(&realistic()).contains("mark hollow"));
    let text = page(&sample::with_few_samples());
    assert!(text.contains("real-time, p99.9: 6.78 µs (too few samples)"));
    assert!(text.contains("<title>real-time, p99: 3.21 µs</title>"));
    let row = text.find("<svg class=\"key rt\"").unwrap();
    let row = &text[row..row + text[row..].find("</tr>").unwrap()];
    assert_eq!(row.matches("n/a (too few samples)").count(), 2, "{row}");
    assert!(!row.contains("6.78 µs"));
}

#[test]
fn without_samples_the_page_says_so_instead_of_drawing() {
    let text = page(&sample::without_samples());
    assert!(text.contains("Nothing to draw"));
    assert!(!text.contains("id=\"percentiles-wide-title\""));
    // CPU and throughput were measured all the same.
    assert!(
        text.contains("id=\"interval-wide-title\"")
            && text.contains("id=\"throughput-wide-title\"")
    );
}

#[test]
fn bars_are_as_long_as_their_figures() {
    let report = realistic();
    let text = page(&report);
    let picture = &text[text.find("throughput-wide-title").unwrap()..];
    let bars = picture.match_indices("class=\"bar\"").map(|(at, _)| {
        attribute_values(&picture[at..], "width").next().unwrap().parse::<f64>().unwrap()
    });
    let rates = report.trade_off.iter().map(|row| row.saturated_eps);
    let costs = report.trade_off.iter().map(|row| row.saturated_cpu_ns_per_event);
    // Widths are rounded to a tenth of a pixel; each block has its own scale.
    let bars: Vec<f64> = bars.take(2 * report.trade_off.len()).collect();
    let (first, second) = bars.split_at(report.trade_off.len());
    for (bars, figures) in [(first, rates.collect::<Vec<_>>()), (second, costs.collect())] {
        for (bar, figure) in bars.iter().zip(&figures) {
            let expected = bars[0] * figure / figures[0];
            assert!((bar - expected).abs() < 0.2, "{bar} for {figure}, not {expected}");
        }
    }
}

#[test]
fn what_was_not_run_is_not_proven() {
    assert!(!page(&sample::empty()).contains("Proven"));
}

#[test]
fn sections_come_in_the_promised_order() {
    let text = page(&realistic());
    let places: Vec<usize> = [
        "class=\"cards\"",
        "class=\"how\"",
        "percentiles-wide",
        "interval-wide",
        "throughput-wide",
    ]
    .into_iter()
    .chain(["key rt", "ratio-0", "Latencies of the full runs", "host check found", "report-data"])
    .map(|mark| text.find(mark).unwrap_or_else(|| panic!("{mark} is missing")))
    .collect();
    assert!(places.is_sorted(), "{places:?}");
}

/// Leaves pages where a person can look at them: `target/tmp/report-*.html`.
#[test]
fn pages_are_written_to_be_looked_at() {
    for (name, report) in all() {
        let file = format!("report-{}.html", name.replace(' ', "-"));
        let path = std::path::Path::new(env!("CARGO_TARGET_TMPDIR")).join(file);
        let page = page(&report);
        std::fs::write(&path, &page).unwrap();
        assert_eq!(std::fs::read_to_string(&path).unwrap(), page);
    }
}

/// A strict reader of tags: every start tag has its end tag in the right place, attributes are
/// quoted and stand once, and no bare `<` or `&` is left in the text.
fn assert_balanced(name: &str, page: &str) {
    const VOID: [&str; 2] = ["meta", "br"];
    let mut open: Vec<&str> = Vec::new();
    let mut rest = page.strip_prefix("<!doctype html>").expect("a doctype");
    while let Some(start) = rest.find('<') {
        assert_entities(name, &rest[..start]);
        let tag = &rest[start + 1..start + rest[start..].find('>').expect("a tag that ends")];
        rest = &rest[start + tag.len() + 2..];
        if let Some(end) = tag.strip_prefix('/') {
            assert_eq!(open.pop(), Some(end), "{name}: before {rest:.60}");
            continue;
        }
        let element = tag.split([' ', '\n', '/']).next().unwrap();
        assert!(element.chars().all(|c| c.is_ascii_alphanumeric()), "{name}: <{tag}>");
        assert_attributes(name, tag);
        if tag.ends_with('/') || VOID.contains(&element) {
            continue;
        }
        open.push(element);
        if let "script" | "style" = element {
            let end = rest.find(&format!("</{element}>")).expect("the end of a raw element");
            rest = &rest[end..];
        }
    }
    assert!(open.is_empty(), "{name}: {open:?} left open");
    assert_entities(name, rest);
}

fn assert_entities(name: &str, text: &str) {
    for (at, _) in text.match_indices('&') {
        let known = ["&amp;", "&lt;", "&gt;", "&quot;", "&#39;"];
        assert!(
            known.iter().any(|entity| text[at..].starts_with(entity)),
            "{name}: {:.40}",
            &text[at..]
        );
    }
    assert!(!text.contains('\0'), "{name}");
}

fn assert_attributes(name: &str, tag: &str) {
    let mut seen = BTreeSet::new();
    let pieces: Vec<&str> = tag.split('"').collect();
    assert!(pieces.len() % 2 == 1, "{name}: <{tag}> has an open quote");
    for outside in pieces.iter().step_by(2) {
        for word in outside.split_whitespace().filter(|word| word.ends_with('=')) {
            assert!(seen.insert(word), "{name}: <{tag}> has {word} twice");
        }
    }
}

fn attribute_values<'p>(page: &'p str, attribute: &str) -> impl Iterator<Item = &'p str> {
    let start = format!(" {attribute}=\"");
    page.match_indices(&start)
        .map(|(at, start)| {
            let value = &page[at + start.len()..];
            &value[..value.find('"').unwrap()]
        })
        .collect::<Vec<_>>()
        .into_iter()
}
