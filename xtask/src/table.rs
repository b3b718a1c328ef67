//! Plain tables for the terminal.

/// Columns as wide as their widest cell, two spaces between; the first row is the head.
#[must_use]
pub fn table<const N: usize>(rows: &[[String; N]]) -> String {
    let mut widths = [0; N];
    for row in rows {
        for (width, cell) in widths.iter_mut().zip(row) {
            *width = (*width).max(cell.chars().count());
        }
    }
    let mut text = String::new();
    for (index, row) in rows.iter().enumerate() {
        let cells: Vec<String> = row
            .iter()
            .zip(widths)
            .map(|(cell, width)| format!("{cell:width$}"))
            .collect();
        text += cells.join("  ").trim_end();
        text += "\n";
        if index == 0 {
            text += &"-".repeat(widths.iter().sum::<usize>() + 2 * (N.max(1) - 1));
            text += "\n";
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_line_up_under_the_head() {
        let rows = [["stage", "s"], ["clippy on wasm32", "12"]].map(|row| row.map(String::from));
        assert_eq!(
            table(&rows),
            "stage             s\n--------------------\nclippy on wasm32  12\n"
        );
    }
}
