{# Channels with a column of their own; consent on any other counts in consent_status only. #}
{% macro consent_channels() %}
    {{ return(["sms", "phone", "wechat", "app"]) }}
{% endmacro %}
