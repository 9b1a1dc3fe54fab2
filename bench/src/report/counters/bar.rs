//! Bars made of block characters, exact to an eighth of a column.

const EIGHTHS: [&str; 8] = ["", "▏", "▎", "▍", "▌", "▋", "▊", "▉"];

/// The part `n` of `whole` as a bar of at most `width` columns. What is not nothing shows.
pub(super) fn bar(n: u64, whole: u64, width: usize) -> String {
    let most = width as u64 * 8;
    let exact = u128::from(n.min(whole)) * u128::from(most) / u128::from(whole.max(1));
    let eighths = (exact as usize).max(usize::from(n > 0));
    format!("{}{}", "█".repeat(eighths / 8), EIGHTHS[eighths % 8])
}

/// The same between two marks that show the whole.
pub(super) fn gauge(n: u64, whole: u64, width: usize) -> String {
    format!("│{:width$}│", bar(n, whole, width))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bar_is_as_long_as_its_part() {
        let cases = [
            ((0, 100), ""),
            ((1, u64::MAX), "▏"),
            ((25, 100), "█"),
            ((50, 100), "██"),
            ((55, 100), "██▏"),
            ((99, 100), "███▉"),
            ((100, 100), "████"),
            ((101, 100), "████"),
            ((u64::MAX, u64::MAX), "████"),
            ((0, 0), ""),
        ];
        for ((n, whole), expected) in cases {
            assert_eq!(bar(n, whole, 4), expected, "{n} of {whole}");
        }
        assert_eq!(gauge(1, 2, 4), "│██  │");
    }
}
