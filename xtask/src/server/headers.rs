//! The headers that a page's promise of privacy rests on, for our server and for other hosts.

use anyhow::{Context, Result};

use crate::page::html::content_security_policy;

/// A header's name and value.
pub type Line = (&'static str, String);

/// What makes a page isolated from other origins, which shared memory asks for.
pub const ISOLATING: [&str; 2] = ["Cross-Origin-Opener-Policy", "Cross-Origin-Embedder-Policy"];

const FIXED: [(&str, &str); 5] = [
    (ISOLATING[0], "same-origin"),
    (ISOLATING[1], "require-corp"),
    ("Cross-Origin-Resource-Policy", "same-origin"),
    ("X-Content-Type-Options", "nosniff"),
    ("Referrer-Policy", "no-referrer"),
];

/// What every answer of a host should carry for this page. The policy stands in the page too, but
/// only a header binds what a worker asks for, and only a header can forbid framing.
///
/// # Errors
/// The page has no policy.
pub fn private(html: &str) -> Result<Vec<Line>> {
    let policy = content_security_policy(html).context("no Content-Security-Policy in the page")?;
    let policy = format!("{policy}; frame-ancestors 'none'");
    let fixed = FIXED.map(|(name, value)| (name, value.to_owned()));
    Ok(fixed
        .into_iter()
        .chain([("Content-Security-Policy", policy)])
        .collect())
}

/// The same as a `_headers` file, which several static hosts read.
///
/// # Errors
/// As [`private`].
pub fn file(html: &str) -> Result<String> {
    let lines = private(html)?;
    let lines = lines
        .iter()
        .map(|(name, value)| format!("  {name}: {value}\n"));
    Ok(format!("/*\n{}", lines.collect::<String>()))
}

#[cfg(test)]
mod tests {
    use super::file;

    #[test]
    fn the_file_names_every_path_then_one_header_a_line() {
        let page = "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src\n 'none'\">";
        let text = file(page).unwrap();
        let mut lines = text.lines();
        assert_eq!(lines.next(), Some("/*"));
        assert!(lines.all(|line| line.starts_with("  ") && line.contains(": ")));
        assert!(
            text.ends_with(
                "  Content-Security-Policy: default-src 'none'; frame-ancestors 'none'\n"
            )
        );
        assert!(file("<p>").is_err());
    }
}
