//! A reader of just enough HTML for our own page shell: tags, attributes, what scripts hold.

/// One opening tag.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Tag {
    /// In lower case.
    pub(crate) name: String,
    /// Names in lower case; an attribute without a value has an empty one.
    pub(crate) attributes: Vec<(String, String)>,
    /// What stands between a script's or a style's tags, empty for all others.
    pub(crate) text: String,
}

impl Tag {
    pub(crate) fn attribute(&self, name: &str) -> Option<&str> {
        let found = self.attributes.iter().find(|(own, _)| own == name)?;
        Some(&found.1)
    }
}

/// The policy in the page's `<meta http-equiv="Content-Security-Policy">`, on one line.
#[must_use]
pub fn content_security_policy(html: &str) -> Option<String> {
    let tags = tags(html);
    let meta = tags.iter().find(|tag| {
        tag.name == "meta"
            && tag
                .attribute("http-equiv")
                .is_some_and(|value| value.eq_ignore_ascii_case("content-security-policy"))
    })?;
    let words: Vec<&str> = meta.attribute("content")?.split_whitespace().collect();
    Some(words.join(" ").trim_end_matches(';').to_owned())
}

/// Every opening tag, in order; comments are skipped.
pub(crate) fn tags(html: &str) -> Vec<Tag> {
    let mut tags = Vec::new();
    let mut rest = html;
    while let Some(start) = rest.find('<') {
        rest = &rest[start..];
        if let Some(comment) = rest.strip_prefix("<!--") {
            rest = comment.split_once("-->").map_or("", |(_, after)| after);
        } else if rest[1..].starts_with(|c: char| c.is_ascii_alphabetic()) {
            let (mut tag, after) = opening_tag(&rest[1..]);
            rest = after;
            if tag.name == "script" || tag.name == "style" {
                let end = rest.to_ascii_lowercase().find(&format!("</{}", tag.name));
                let (text, after) = rest.split_at(end.unwrap_or(rest.len()));
                tag.text = text.trim().to_owned();
                rest = after;
            }
            tags.push(tag);
        } else {
            rest = &rest[1..];
        }
    }
    tags
}

/// Reads from the tag's name to its `>`; returns what follows.
fn opening_tag(text: &str) -> (Tag, &str) {
    let name_ends = |c: char| c.is_whitespace() || c == '>' || c == '/';
    let end = text.find(name_ends).unwrap_or(text.len());
    let name = text[..end].to_ascii_lowercase();
    let mut attributes = Vec::new();
    let mut rest = &text[end..];
    loop {
        rest = rest.trim_start_matches(|c: char| c.is_whitespace() || c == '/');
        if rest.is_empty() || rest.starts_with('>') {
            break;
        }
        let end = rest
            .find(|c: char| c == '=' || name_ends(c))
            .filter(|end| *end > 0)
            .unwrap_or_else(|| rest.chars().next().map_or(0, char::len_utf8));
        let attribute = rest[..end].to_ascii_lowercase();
        rest = rest[end..].trim_start();
        let mut value = "";
        if let Some(after) = rest.strip_prefix('=') {
            (value, rest) = attribute_value(after.trim_start());
        }
        attributes.push((attribute, unescaped(value)));
    }
    let after = rest.strip_prefix('>').unwrap_or(rest);
    (
        Tag {
            name,
            attributes,
            text: String::new(),
        },
        after,
    )
}

fn attribute_value(text: &str) -> (&str, &str) {
    for quote in ['"', '\''] {
        if let Some(quoted) = text.strip_prefix(quote) {
            return quoted.split_once(quote).unwrap_or((quoted, ""));
        }
    }
    let end = text
        .find(|c: char| c.is_whitespace() || c == '>')
        .unwrap_or(text.len());
    text.split_at(end)
}

fn unescaped(value: &str) -> String {
    value
        .replace("&quot;", "\"")
        .replace("&#39;", "'")
        .replace("&lt;", "<")
        .replace("&gt;", ">")
        .replace("&amp;", "&")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn attributes_are_read_in_every_quoting() {
        let tags = tags("<LINK Rel='icon' href=a.svg data-x><img\n src=\"b c.png\"/>");
        assert_eq!(tags.len(), 2);
        assert_eq!(tags[0].name, "link");
        assert_eq!(tags[0].attribute("rel"), Some("icon"));
        assert_eq!(tags[0].attribute("href"), Some("a.svg"));
        assert_eq!(tags[0].attribute("data-x"), Some(""));
        assert_eq!(tags[1].attribute("src"), Some("b c.png"));
    }

    #[test]
    fn tags_in_comments_and_scripts_do_not_count() {
        let tags =
            tags("<!-- <script src=x> --><script>if (a <b) { '<img>' }</script><p>1 < 2</p>");
        let names: Vec<_> = tags.iter().map(|tag| tag.name.as_str()).collect();
        assert_eq!(names, ["script", "p"]);
        assert_eq!(tags[0].text, "if (a <b) { '<img>' }");
    }

    #[test]
    fn broken_markup_ends() {
        for html in ["<", "<a", "<a =", "<a b=\"", "<script>", "<!--", "<a é=1"] {
            tags(html);
        }
    }

    #[test]
    fn the_policy_is_found_on_one_line() {
        let html = "<meta charset=utf-8><meta http-equiv=\"content-security-policy\"\n content=\"default-src 'none';\n   script-src 'self';\">";
        assert_eq!(
            content_security_policy(html).as_deref(),
            Some("default-src 'none'; script-src 'self'")
        );
        assert_eq!(content_security_policy("<meta name=x content=y>"), None);
    }
}
