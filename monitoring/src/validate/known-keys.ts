/**
 * Keys of configuration files, to suggest what was meant by one that Prometheus or Alertmanager does not know. The programs themselves judge; a
 * key that is missing here is only not suggested. Sources: prometheus.io/docs/prometheus/latest/configuration/{configuration,recording_rules},
 * prometheus.io/docs/alerting/latest/configuration.
 */
const http = words`http_config basic_auth username password username_file password_file authorization type credentials credentials_file oauth2 client_id
  client_secret client_secret_file scopes token_url endpoint_params tls_config ca_file cert_file key_file server_name insecure_skip_verify min_version
  max_version follow_redirects enable_http2 proxy_url no_proxy proxy_from_environment proxy_connect_header http_headers`;

export const knownKeys = {
  rules: words`groups name interval limit query_offset labels rules record alert expr for keep_firing_for annotations`,
  prometheus: [...http, ...words`global scrape_interval scrape_timeout evaluation_interval rule_query_offset external_labels query_log_file
    scrape_failure_log_file body_size_limit sample_limit label_limit label_name_length_limit label_value_length_limit target_limit keep_dropped_targets
    metric_name_validation_scheme metric_name_escaping_scheme scrape_protocols scrape_native_histograms convert_classic_histograms_to_nhcb
    always_scrape_classic_histograms runtime gogc rule_files scrape_config_files scrape_configs job_name metrics_path honor_labels honor_timestamps
    track_timestamps_staleness scheme params enable_compression fallback_scrape_protocol native_histogram_bucket_limit
    native_histogram_min_bucket_factor relabel_configs metric_relabel_configs source_labels separator target_label regex modulus replacement action
    static_configs targets labels file_sd_configs files refresh_interval http_sd_configs url dns_sd_configs names port kubernetes_sd_configs
    docker_sd_configs consul_sd_configs alerting alert_relabel_configs alertmanagers timeout path_prefix api_version remote_write
    remote_read name queue_config write_relabel_configs send_exemplars send_native_histograms metadata_config read_recent required_matchers storage
    tsdb out_of_order_time_window retention time size exemplars max_exemplars otlp promote_resource_attributes promote_all_resource_attributes
    ignore_resource_attributes translation_strategy keep_identifying_resource_attributes convert_histograms_to_nhcb promote_scope_metadata tracing
    endpoint client_type sampling_fraction insecure headers compression`],
  alertmanager: [...http, ...words`global resolve_timeout smtp_from smtp_smarthost smtp_hello smtp_auth_username smtp_auth_password
    smtp_auth_password_file smtp_auth_identity smtp_auth_secret smtp_require_tls smtp_tls_config slack_api_url slack_api_url_file pagerduty_url
    opsgenie_api_key opsgenie_api_key_file opsgenie_api_url wechat_api_url victorops_api_key victorops_api_url telegram_api_url webex_api_url
    templates route routes receiver group_by continue matchers match match_re group_wait group_interval repeat_interval mute_time_intervals
    active_time_intervals inhibit_rules source_matchers target_matchers source_match target_match equal receivers name time_intervals times
    start_time end_time weekdays days_of_month months years location email_configs pagerduty_configs slack_configs webhook_configs
    opsgenie_configs msteams_configs discord_configs telegram_configs pushover_configs sns_configs victorops_configs wechat_configs webex_configs
    send_resolved to from smarthost hello auth_username auth_password auth_password_file require_tls html text headers routing_key
    routing_key_file service_key service_key_file url client client_url description severity details images links href src alt source class component
    group api_url api_url_file channel icon_emoji icon_url link_names short_fields username color title title_link pretext fields footer fallback
    thumb_url image_url actions callback_id mrkdwn_in style value url_file max_alerts timeout`],
};

function words(text: TemplateStringsArray): string[] {
  return text.join("").split(/\s+/).filter(Boolean);
}
