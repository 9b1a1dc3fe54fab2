//! Which known name may have been meant.

/// Shortest name that is like every name it starts.
const LEAST_PREFIX: usize = 3;

/// The known name that is most like `name`, if one is like it at all.
pub(super) fn nearest<'a>(name: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let name = name.to_lowercase();
    let wanted: Vec<char> = name.chars().collect();
    let likeness = |other: &'a str| {
        let lower = other.to_lowercase();
        let shorter = name.len().min(lower.len());
        let starts = name.starts_with(&lower) || lower.starts_with(&name);
        let distance = distance(&wanted, &lower);
        let prefix = starts && shorter >= LEAST_PREFIX;
        let alike = distance < wanted.len() && distance <= wanted.len().div_ceil(3);
        (alike || prefix).then_some((distance, other))
    };
    known.into_iter().filter_map(likeness).min().map(|(_, other)| other)
}

/// `did you mean 'nearest'?`, else what there is.
pub(super) fn suggest(name: &str, what: &str, known: &[&str]) -> String {
    match nearest(name, known.iter().copied()) {
        Some(near) => format!("did you mean '{near}'?"),
        None if known.is_empty() => format!("there are no {what}"),
        None => {
            let some = known.iter().take(12).copied().collect::<Vec<_>>().join(", ");
            let more = if known.len() > 12 { ", ..." } else { "" };
            format!("{what}: {some}{more}")
        }
    }
}

/// How many insertions, deletions, replacements and swaps of neighbours make one of the other.
fn distance(left: &[char], right: &str) -> usize {
    let right: Vec<char> = right.chars().collect();
    // Names of very different length are not alike; this also bounds the work.
    if left.len().abs_diff(right.len()) > left.len() {
        return usize::MAX;
    }
    let mut rows =
        [vec![0; right.len() + 1], (0..=right.len()).collect(), vec![0; right.len() + 1]];
    for (i, a) in left.iter().enumerate() {
        let [before, last, row] = &mut rows;
        row[0] = i + 1;
        for (j, b) in right.iter().enumerate() {
            let changed = last[j] + usize::from(a != b);
            row[j + 1] = changed.min(last[j + 1] + 1).min(row[j] + 1);
            if i > 0 && j > 0 && *a == right[j - 1] && left[i - 1] == *b {
                row[j + 1] = row[j + 1].min(before[j - 1] + 1);
            }
        }
        rows.rotate_left(1);
    }
    rows[1][right.len()]
}

#[cfg(test)]
mod tests {
    use super::nearest;

    #[test]
    fn names_that_were_meant() {
        let known = ["price", "qty", "stock_time", "side"];
        assert_eq!(nearest("prcie", known), Some("price"));
        assert_eq!(nearest("PRICE", known), Some("price"));
        assert_eq!(nearest("stocktime", known), Some("stock_time"));
        assert_eq!(nearest("stock", known), Some("stock_time"));
        assert_eq!(nearest("quantity", ["qty", "quantity_left"]), Some("quantity_left"));
        assert_eq!(nearest("volume", known), None);
        assert_eq!(nearest("q", known), None);
    }
}
