//! `tourbillon explain`: plans, automata, and why an event did or did not match.

use crate::support::{list, number, text, tourbillon};

/// Every built-in pattern is explained, and drawn.
#[test]
fn built_in_patterns_are_explained() {
    let listed = tourbillon(&["patterns", "--json"]).json();
    for pattern in list(&listed["patterns"]) {
        let name = text(&pattern["name"]);
        let told = tourbillon(&["explain", name]);
        assert_eq!((told.code, told.err.as_str()), (0, ""), "{told:?}");
        for words in [&format!("pattern {name}\n"), "\nsteps\n", "\nmatcher\n", "bytes allocated"] {
            assert!(told.out.contains(words), "no {words:?} in {}", told.out);
        }
        let json = tourbillon(&["explain", name, "--json"]).json();
        assert_eq!(text(&list(&json["explained"])[0]["text"]).trim_end(), told.out.trim_end());
        let drawn = tourbillon(&["explain", name, "--dot"]).out;
        assert!(drawn.starts_with(&format!("digraph \"{name}\" {{\n")), "{drawn}");
        assert!(drawn.trim_end().ends_with('}') && drawn.contains("0 -> 1 ["), "{drawn}");
    }
}

/// The last event of a match that `run` wrote down is explained as completing that match.
#[test]
fn a_match_is_explained_where_it_ends() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let path = folder.path().join("found.jsonl").display().to_string();
    let run = ["run", "--pattern", "spike", "--events", "20k", "--rate", "max", "--json"];
    tourbillon(&[&run[..], &["--matches", &path]].concat()).closed_loop();
    let lines = std::fs::read_to_string(path).expect("the matches");
    let line: serde_json::Value =
        serde_json::from_str(lines.lines().nth(5).expect("six matches")).expect("an object");
    let sequences = list(&line["sequences"]);
    let (first, last) = (number(&sequences[0]), number(&sequences[sequences.len() - 1]));
    let told = |sequence: u64| {
        let sequence = sequence.to_string();
        let explain = ["explain", "spike", "--feed", "reference", "--events", "20k"];
        let told = tourbillon(&[&explain[..], &["--sequence", &sequence]].concat());
        assert_eq!((told.code, told.err.as_str()), (0, ""), "{told:?}");
        told.out
    };
    let end = told(last);
    let bound: Vec<_> = (list(&line["steps"]).iter().zip(sequences))
        .map(|(step, at)| format!("{}={at}", text(step)))
        .collect();
    assert!(end.contains(&format!("match {}, out at event ", bound.join(" "))), "{end}");
    assert!(end.contains("price <= base.price") && end.contains("no limit was reached"), "{end}");
    let begin = told(first);
    assert!(begin.contains(&format!("it is bound: base={first} waits now")), "{begin}");
}

#[test]
fn wrong_use_is_refused() {
    let cases: [(&[&str], i32, &[&str]); 6] = [
        (&["explain"], 2, &["<NAME|FILE.sql>", "Usage"]),
        (&["explain", "nope"], 1, &["'nope'", "tourbillon patterns", "spike"]),
        (&["explain", "nope.sql"], 1, &["cannot read nope.sql"]),
        (&["explain", "spike", "--sequence", "3"], 2, &["--feed"]),
        (&["explain", "spike", "--dot", "--feed", "reference", "--sequence", "3"], 2, &["--dot"]),
        (
            &["explain", "spike", "--feed", "reference", "--events", "10", "--sequence", "10"],
            1,
            &["--sequence 10", "0 to 9"],
        ),
    ];
    for (arguments, code, words) in cases {
        let ran = tourbillon(arguments);
        assert_eq!((ran.code, ran.out.as_str()), (code, ""), "{ran:?}");
        assert!(words.iter().all(|word| ran.err.contains(word)), "{words:?}: {}", ran.err);
    }
}
