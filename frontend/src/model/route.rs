//! Addresses of pages: `/`, in development `/design`, `/u/{user}`, `/u/{user}/approvals`, `/u/{user}/p/{project}` and its tabs.

/// Which page an address shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Page {
    /// Goes on to a user.
    Home,
    /// All projects of a user.
    Fleet,
    /// What waits for the user.
    Approvals,
    /// What their projects used.
    Usage,
    /// How the server is.
    Status,
    /// All parts of the page at once; in development only.
    Design,
    /// One project, whatever its tab.
    Project,
    /// Nothing, in the frame of a user.
    Missing,
    /// Nothing, of nobody.
    Lost,
}

/// An address, taken apart.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    /// Which page.
    pub page: Page,
    /// Whose.
    pub user: Option<String>,
    /// Which project.
    pub project: Option<String>,
    /// Which of its tabs; empty is the chat.
    pub tab: String,
}

/// Takes the path of an address apart; a slash at its end means nothing.
pub fn place(path: &str) -> Place {
    let parts: Vec<&str> = path.trim_matches('/').split('/').collect();
    let page = match parts[..] {
        [""] => Page::Home,
        ["u", _] => Page::Fleet,
        ["u", _, "approvals"] => Page::Approvals,
        ["u", _, "usage"] => Page::Usage,
        ["u", _, "status"] => Page::Status,
        ["design"] if cfg!(debug_assertions) => Page::Design,
        ["u", _, "p", _] | ["u", _, "p", _, _] => Page::Project,
        ["u", _, ..] => Page::Missing,
        _ => Page::Lost,
    };
    let part = |index: usize| parts.get(index).map(|part| (*part).to_owned());
    let framed = !matches!(page, Page::Home | Page::Lost | Page::Design);
    let inside = page == Page::Project;
    Place {
        page,
        user: part(1).filter(|_| framed),
        project: part(3).filter(|_| inside),
        tab: part(4).filter(|_| inside).unwrap_or_default(),
    }
}

/// True if a link to `href` leads to where one is, or with `exact` unset to a page above it.
pub fn is_here(href: &str, path: &str, exact: bool) -> bool {
    let (href, path) = (href.trim_end_matches('/'), path.trim_end_matches('/'));
    path == href || !exact && path.strip_prefix(href).is_some_and(|rest| rest.starts_with('/'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_address_has_its_page() {
        for (path, page) in [
            ("/", Page::Home),
            ("/u/bob", Page::Fleet),
            ("/u/bob/", Page::Fleet),
            ("/u/bob/approvals", Page::Approvals),
            ("/u/bob/usage", Page::Usage),
            ("/u/bob/status", Page::Status),
            ("/u/bob/p/x1", Page::Project),
            ("/u/bob/p/x1/logs", Page::Project),
            ("/u/bob/p", Page::Missing),
            ("/u/bob/p/x1/logs/more", Page::Missing),
            ("/u", Page::Lost),
            ("/elsewhere", Page::Lost),
            ("/design", Page::Design),
            ("/u/bob/design", Page::Missing),
        ] {
            assert_eq!(place(path).page, page, "{path}");
        }
        let logs = place("/u/bob/p/x1/logs");
        assert_eq!(
            (logs.user.as_deref(), logs.project.as_deref(), logs.tab.as_str()),
            (Some("bob"), Some("x1"), "logs")
        );
        assert_eq!(place("/elsewhere/bob").user, None);
    }

    #[test]
    fn a_link_knows_where_one_is() {
        assert!(is_here("/u/bob", "/u/bob", true));
        assert!(is_here("/u/bob", "/u/bob/p/x", false));
        assert!(!is_here("/u/bob", "/u/bob/p/x", true));
        assert!(!is_here("/u/bob", "/u/bobby", false));
    }
}
