//! What the page's Content-Security-Policy must say for its promise of privacy to hold.

/// The sources that each directive may name; every directive not listed may name `'self'`.
const ALLOWED: [(&str, &[&str]); 9] = [
    ("default-src", &["'none'"]),
    ("base-uri", &["'none'"]),
    ("form-action", &["'none'"]),
    ("object-src", &["'none'"]),
    ("script-src", &["'self'", "'wasm-unsafe-eval'"]),
    ("style-src", &["'self'"]),
    // A picture made of bytes that are already here asks nobody for anything.
    ("img-src", &["'self'", "blob:", "data:"]),
    ("connect-src", &["'self'"]),
    ("worker-src", &["'self'"]),
];

const REQUIRED: [&str; 2] = ["default-src", "script-src"];

/// What is wrong with a policy, one line each; empty where all is well.
pub(super) fn faults(policy: &str) -> Vec<String> {
    let directives: Vec<Vec<&str>> = policy
        .split(';')
        .map(|directive| directive.split_whitespace().collect())
        .filter(|words: &Vec<&str>| !words.is_empty())
        .collect();
    let mut faults = Vec::new();
    for required in REQUIRED {
        if !directives.iter().any(|words| words[0] == required) {
            faults.push(format!("Content-Security-Policy lacks {required}"));
        }
    }
    for words in &directives {
        let allowed = ALLOWED
            .iter()
            .find(|(name, _)| *name == words[0])
            .map_or(&["'self'", "'none'"][..], |(_, sources)| sources);
        for source in words[1..]
            .iter()
            .filter(|source| !allowed.contains(source) && **source != "'none'")
        {
            faults.push(format!(
                "Content-Security-Policy allows {source} in {}",
                words[0]
            ));
        }
    }
    faults
}

#[cfg(test)]
mod tests {
    use super::*;

    const GOOD: &str = "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self'; \
         img-src 'self' blob:; connect-src 'self'; worker-src 'self'; manifest-src 'self'; \
         base-uri 'none'; form-action 'none'";

    #[test]
    fn a_page_that_asks_only_its_own_origin_passes() {
        assert!(faults(GOOD).is_empty(), "{:?}", faults(GOOD));
    }

    #[test]
    fn inline_eval_and_strangers_are_refused() {
        for (from, to) in [
            ("'wasm-unsafe-eval'", "'unsafe-eval'"),
            ("style-src 'self'", "style-src 'self' 'unsafe-inline'"),
            (
                "connect-src 'self'",
                "connect-src 'self' https://example.org",
            ),
            ("connect-src 'self'", "connect-src *"),
            ("worker-src 'self'", "worker-src blob:"),
            ("default-src 'none'", "default-src 'self'"),
        ] {
            assert_eq!(faults(&GOOD.replace(from, to)).len(), 1, "{to}");
        }
    }

    #[test]
    fn a_policy_without_a_default_is_refused() {
        assert_eq!(faults("img-src 'self'").len(), 2);
    }
}
