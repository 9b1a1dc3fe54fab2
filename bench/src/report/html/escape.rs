//! Making foreign text harmless in a page.

/// Text for an element's content or a quoted attribute.
pub(super) fn text(raw: &str) -> String {
    let mut safe = String::with_capacity(raw.len());
    for c in raw.chars() {
        match c {
            '&' => safe.push_str("&amp;"),
            '<' => safe.push_str("&lt;"),
            '>' => safe.push_str("&gt;"),
            '"' => safe.push_str("&quot;"),
            '\'' => safe.push_str("&#39;"),
            // Control characters are not allowed in a page, escaped or not.
            c if c.is_control() && !c.is_whitespace() => safe.push('\u{FFFD}'),
            c => safe.push(c),
        }
    }
    safe
}

/// JSON for the content of a `script` element: in JSON a `<` stands only inside strings, where it
/// may be written as `\u003c`, and without one neither `</script` nor `<!--` can appear.
pub(super) fn json_in_script(json: &str) -> String {
    json.replace('<', "\\u003c")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn markup_becomes_text() {
        assert_eq!(text(r#"<a href="x">&'"#), "&lt;a href=&quot;x&quot;&gt;&amp;&#39;");
        assert_eq!(text("a\0b\u{1b}[1m\n"), "a\u{FFFD}b\u{FFFD}[1m\n");
    }

    #[test]
    fn json_cannot_end_its_element_and_keeps_its_meaning() {
        let name = "</script><!-- \\<";
        let json = serde_json::to_string(name).unwrap();
        let safe = json_in_script(&json);
        assert!(!safe.contains('<'));
        assert_eq!(serde_json::from_str::<String>(&safe).unwrap(), name);
    }
}
