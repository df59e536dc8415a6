use super::{
    App, about, chat,
    guard::{caught, check, no_agents, paced, secure, timely, trace},
    openapi::Description,
    page, permissions,
    problem::ApiError,
    projects, sessions, streams,
};
use axum::{Router, http::Uri, middleware, response::IntoResponse, response::Response, routing::get};
use gaggle_shared::Code;
use tower::ServiceBuilder;
use tower_http::catch_panic::CatchPanicLayer;
use utoipa::OpenApi as _;
use utoipa_axum::{router::OpenApiRouter, routes};

/// All routes of the contract.
fn routes() -> OpenApiRouter<App> {
    OpenApiRouter::with_openapi(Description::openapi())
        .routes(routes!(about::users::users))
        .routes(routes!(projects::list::list, projects::create::create))
        .routes(routes!(projects::get::get, projects::update::update, projects::delete::delete))
        .routes(routes!(projects::activate::activate))
        .routes(routes!(projects::deactivate::deactivate))
        .routes(routes!(chat::send::send, chat::messages::messages))
        .routes(routes!(chat::turns::turns))
        .routes(routes!(chat::attachment::attachment))
        .routes(routes!(chat::turn::turn, chat::edit::edit, chat::take_back::take_back))
        .routes(routes!(chat::steer::steer))
        .routes(routes!(chat::cancel::cancel))
        .routes(routes!(sessions::list::list, sessions::create::create))
        .routes(routes!(sessions::update::update, sessions::delete::delete))
        .routes(routes!(permissions::of_project::of_project))
        .routes(routes!(permissions::of_user::of_user))
        .routes(routes!(permissions::answer::answer))
        .routes(routes!(crate::acp::connect))
        .routes(routes!(streams::events::events))
        .routes(routes!(streams::logs::logs))
        .routes(routes!(streams::files::files))
        .routes(routes!(streams::manifests::manifests))
        .routes(routes!(streams::user_events::user_events))
        .routes(routes!(about::usage::usage))
        .routes(routes!(about::info::info))
        .routes(routes!(about::status::status))
        .routes(routes!(about::orphans::orphans))
        .routes(routes!(about::me::me))
        .routes(routes!(about::openapi::document))
        .routes(routes!(about::health::health))
        .routes(routes!(about::ready::ready))
        .routes(routes!(about::metrics::metrics))
}

/// The OpenAPI description as the handlers give it.
pub fn description() -> utoipa::openapi::OpenApi {
    routes().into_openapi()
}

/// The whole server: API, page, and what every request passes.
pub fn router(app: App) -> Router {
    let (api, _) = routes().split_for_parts();
    api.route("/api/docs", get(about::docs::html))
        .route("/api/docs/docs.js", get(about::docs::script))
        .route("/api/docs/docs.css", get(about::docs::style))
        .fallback(other)
        .method_not_allowed_fallback(wrong_method)
        .layer(
            ServiceBuilder::new()
                .layer(middleware::from_fn_with_state(app.clone(), trace))
                .layer(middleware::from_fn(secure))
                .layer(CatchPanicLayer::custom(caught))
                .layer(middleware::from_fn_with_state(app.clone(), no_agents))
                .layer(middleware::from_fn_with_state(app.clone(), check))
                .layer(middleware::from_fn_with_state(app.clone(), paced))
                .layer(middleware::from_fn_with_state(app.clone(), timely)),
        )
        .with_state(app)
}

/// The page where it is not the API.
async fn other(uri: Uri, request: axum::extract::Request) -> Response {
    if uri.path() == "/api" || uri.path().starts_with("/api/") {
        return ApiError::new(Code::NotFound, "there is nothing at this address")
            .hint("GET /api/docs shows what there is")
            .into_response();
    }
    page::serve(&request)
}

async fn wrong_method() -> Response {
    ApiError::new(Code::MethodNotAllowed, "this address does not know this method")
        .hint("the Allow header names those it knows")
        .into_response()
}
