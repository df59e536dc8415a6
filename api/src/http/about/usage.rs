use super::super::{
    App,
    extract::{Calling, InUser, Query},
    problem::ApiError,
};
use axum::{
    Json,
    extract::State,
    http::header,
    response::{IntoResponse, Response},
};
use gaggle_shared::{ProjectId, UsageReport};
use serde::Deserialize;
use utoipa::{IntoParams, ToSchema};

/// In which form.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Format {
    /// JSON.
    #[default]
    Json,
    /// A file for spreadsheets (RFC 4180).
    Csv,
}

/// Which days.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
#[into_params(parameter_in = Query)]
pub(crate) struct Which {
    /// How many days up to today (UTC), 1 to 366; 30 by default.
    days: Option<u32>,
    /// Only of this project.
    #[param(value_type = Option<String>)]
    project_id: Option<ProjectId>,
    /// `json` or `csv`; `json` by default.
    #[serde(default)]
    #[param(value_type = Option<String>)]
    format: Format,
}

/// Tokens and cost by day, project and model, summed from the turns that are kept.
#[utoipa::path(get, path = "/api/users/{userId}/usage", tag = "users", params(Which),
    responses((status = 200, description = "Sums by day, project and model", content((UsageReport = "application/json"), (String = "text/csv")))))]
pub(crate) async fn usage(
    State(app): State<App>,
    Calling(call): Calling,
    InUser(user): InUser,
    Query(which): Query<Which>,
) -> Result<Response, ApiError> {
    let days = which.days.unwrap_or(30);
    if !(1..=366).contains(&days) {
        return Err(ApiError::invalid("days", "1 to 366"));
    }
    let report = app.gaggle.usage(&call, &user, which.project_id.as_ref(), days).await?;
    Ok(match which.format {
        Format::Json => Json(report).into_response(),
        Format::Csv => {
            let of = which.project_id.map_or_else(|| user.to_string(), |project| format!("{user}-{project}"));
            let name = format!("attachment; filename=\"gaggle-usage-{of}-{}.csv\"", report.to);
            let headers = [
                (header::CONTENT_TYPE, "text/csv; charset=utf-8".to_owned()),
                (header::CONTENT_DISPOSITION, name),
            ];
            (headers, csv(&report)).into_response()
        }
    })
}

fn csv(report: &UsageReport) -> String {
    let mut text =
        "day,project,projectId,model,turns,inputTokens,outputTokens,totalTokens,costUsd\r\n".to_owned();
    for row in &report.rows {
        let cost = row.cost.map(|cost| cost.to_string()).unwrap_or_default();
        let numbers = [row.turns, row.input_tokens, row.output_tokens, row.total_tokens];
        let numbers = numbers.map(|number| number.to_string()).join(",");
        let (name, model) = (cell(row.project_name.as_str()), cell(row.model.as_deref().unwrap_or_default()));
        text += &format!("{},{name},{},{model},{numbers},{cost}\r\n", row.day, row.project_id);
    }
    text
}

/// A cell as it is; a spreadsheet must not take a project's name for a formula.
fn cell(text: &str) -> String {
    let guard = if text.starts_with(['=', '+', '-', '@', '\t', '\r']) { "'" } else { "" };
    format!("\"{guard}{}\"", text.replace('"', "\"\""))
}

#[cfg(test)]
mod tests {
    use super::*;
    use gaggle_shared::{ProjectId, ProjectName, UsageRow};

    #[test]
    fn a_table_keeps_quotes_and_runs_no_formula() {
        let row = |name: &str, cost| UsageRow {
            day: "2026-01-02".into(),
            project_id: ProjectId::parse("p1").unwrap(),
            project_name: ProjectName::parse(name).unwrap(),
            model: None,
            turns: 1,
            input_tokens: 2,
            output_tokens: 3,
            total_tokens: 5,
            cost,
        };
        let rows = vec![row("a \"b\", c", None), row("=HYPERLINK(1)", Some(0.25))];
        let text = csv(&UsageReport { from: String::new(), to: String::new(), rows });
        let lines: Vec<_> = text.split("\r\n").collect();
        assert_eq!(lines[1], "2026-01-02,\"a \"\"b\"\", c\",p1,\"\",1,2,3,5,");
        assert_eq!(lines[2], "2026-01-02,\"'=HYPERLINK(1)\",p1,\"\",1,2,3,5,0.25");
    }
}
