#!/bin/bash

__olares-cli_cursor_index_in_current_word() {
    local remaining="${COMP_LINE}"

    local word
    for word in "${COMP_WORDS[@]::COMP_CWORD}"; do
        remaining="${remaining##*([[:space:]])"${word}"*([[:space:]])}"
    done

    local -ir index="$((COMP_POINT - ${#COMP_LINE} + ${#remaining}))"
    if [[ "${index}" -le 0 ]]; then
        printf 0
    else
        printf %s "${index}"
    fi
}

# positional arguments:
#
# - 1: the current (sub)command's count of positional arguments
#
# required variables:
#
# - repeating_flags: the repeating flags that the current (sub)command can accept
# - non_repeating_flags: the non-repeating flags that the current (sub)command can accept
# - repeating_options: the repeating options that the current (sub)command can accept
# - non_repeating_options: the non-repeating options that the current (sub)command can accept
# - positional_number: value ignored
# - unparsed_words: unparsed words from the current command line
#
# modified variables:
#
# - non_repeating_flags: remove flags for this (sub)command that are already on the command line
# - non_repeating_options: remove options for this (sub)command that are already on the command line
# - positional_number: set to the current positional number
# - unparsed_words: remove all flags, options, and option values for this (sub)command
__olares-cli_offer_flags_options() {
    local -ir positional_count="${1}"
    positional_number=0

    local was_flag_option_terminator_seen=false
    local is_parsing_option_value=false

    local -ar unparsed_word_indices=("${!unparsed_words[@]}")
    local -i word_index
    for word_index in "${unparsed_word_indices[@]}"; do
        if "${is_parsing_option_value}"; then
            # This word is an option value:
            # Reset marker for next word iff not currently the last word
            [[ "${word_index}" -ne "${unparsed_word_indices[${#unparsed_word_indices[@]} - 1]}" ]] && is_parsing_option_value=false
            unset "unparsed_words[${word_index}]"
            # Do not process this word as a flag or an option
            continue
        fi

        local word="${unparsed_words["${word_index}"]}"
        if ! "${was_flag_option_terminator_seen}"; then
            case "${word}" in
            --)
                unset "unparsed_words[${word_index}]"
                # by itself -- is a flag/option terminator, but if it is the last word, it is the start of a completion
                if [[ "${word_index}" -ne "${unparsed_word_indices[${#unparsed_word_indices[@]} - 1]}" ]]; then
                    was_flag_option_terminator_seen=true
                fi
                continue
                ;;
            -*)
                # ${word} is a flag or an option
                # If ${word} is an option, mark that the next word to be parsed is an option value
                local option
                for option in "${repeating_options[@]}" "${non_repeating_options[@]}"; do
                    [[ "${word}" = "${option}" ]] && is_parsing_option_value=true && break
                done

                # Remove ${word} from ${non_repeating_flags} or ${non_repeating_options} so it isn't offered again
                local not_found=true
                local -i index
                for index in "${!non_repeating_flags[@]}"; do
                    if [[ "${non_repeating_flags[${index}]}" = "${word}" ]]; then
                        unset "non_repeating_flags[${index}]"
                        non_repeating_flags=("${non_repeating_flags[@]}")
                        not_found=false
                        break
                    fi
                done
                if "${not_found}"; then
                    for index in "${!non_repeating_flags[@]}"; do
                        if [[ "${non_repeating_flags[${index}]}" = "${word}" ]]; then
                            unset "non_repeating_flags[${index}]"
                            non_repeating_flags=("${non_repeating_flags[@]}")
                            break
                        fi
                    done
                fi
                unset "unparsed_words[${word_index}]"
                continue
                ;;
            esac
        fi

        # ${word} is neither a flag, nor an option, nor an option value
        if [[ "${positional_number}" -lt "${positional_count}" || "${positional_count}" -lt 0 ]]; then
            # ${word} is a positional
            ((positional_number++))
            unset "unparsed_words[${word_index}]"
        else
            if [[ -z "${word}" ]]; then
                # Could be completing a flag, option, or subcommand
                positional_number=-1
            else
                # ${word} is a subcommand or invalid, so stop processing this (sub)command
                positional_number=-2
            fi
            break
        fi
    done

    unparsed_words=("${unparsed_words[@]}")

    if\
        ! "${was_flag_option_terminator_seen}"\
        && ! "${is_parsing_option_value}"\
        && [[ ("${cur}" = -* && "${positional_number}" -ge 0) || "${positional_number}" -eq -1 ]]
    then
        COMPREPLY+=($(compgen -W "${repeating_flags[*]} ${non_repeating_flags[*]} ${repeating_options[*]} ${non_repeating_options[*]}" -- "${cur}"))
    fi
}

__olares-cli_add_completions() {
    local completion
    while IFS='' read -r completion; do
        COMPREPLY+=("${completion}")
    done < <(IFS=$'\n' compgen "${@}" -- "${cur}")
}

__olares-cli_custom_complete() {
    if [[ -n "${cur}" || -z ${COMP_WORDS[${COMP_CWORD}]} || "${COMP_LINE:${COMP_POINT}:1}" != ' ' ]]; then
        local -ar words=("${COMP_WORDS[@]}")
    else
        local -ar words=("${COMP_WORDS[@]::${COMP_CWORD}}" '' "${COMP_WORDS[@]:${COMP_CWORD}}")
    fi

    "${COMP_WORDS[0]}" "${@}" "${words[@]}"
}

_olares-cli() {
    local state
    state="$(shopt -p;shopt -po)"
    trap "${state//$'\n'/;}" RETURN
    shopt -s extglob
    set +o history +o posix

    local -xr SAP_SHELL=bash
    local -x SAP_SHELL_VERSION
    SAP_SHELL_VERSION="$(IFS='.';printf %s "${BASH_VERSINFO[*]}")"
    local -r SAP_SHELL_VERSION

    local -r cur="${2}"
    local -r prev="${3}"

    local -i positional_number
    local -a unparsed_words=("${COMP_WORDS[@]:1:${COMP_CWORD}}")

    local -a repeating_flags=()
    local -a non_repeating_flags=(--version -h --help)
    local -a repeating_options=()
    local -a non_repeating_options=()
    __olares-cli_offer_flags_options 0

    # Offer subcommand / subcommand argument completions
    local -r subcommand="${unparsed_words[0]}"
    unset 'unparsed_words[0]'
    unparsed_words=("${unparsed_words[@]}")
    case "${subcommand}" in
    prepare|uninstall|status|app|storage|db|redis|manifest|service|help)
        # Offer subcommand argument completions
        "_olares-cli_${subcommand}"
        ;;
    *)
        # Offer subcommand completions
        COMPREPLY+=($(compgen -W 'prepare uninstall status app storage db redis manifest service help' -- "${cur}"))
        ;;
    esac
}

_olares-cli_prepare() {
    repeating_flags=()
    non_repeating_flags=(--separate --accept-lost-data --dry-run --yes --verbose -q --quiet --no-color --version -h --help)
    repeating_options=(--redis-seed)
    non_repeating_options=(--root --postgres-port --redis-port --redis-nodes --redis-proxy-port --postgres-url --postgres-password-file --redis-username --redis-password-file --with-juicefs --enable-juicefs -b --base-dir -o --output -v -r --registry-mirrors --kube-type --kube -p --minikube-profile --profile --storage-type --storage --s3-bucket --backup-key-prefix --backup-cluster-bucket --cluster-id --is-cloud-version --cdn-service --download-cdn-url --manifest --aws-access-key-id-setup)
    __olares-cli_offer_flags_options 0

    # Offer option value completions
    case "${prev}" in
    '--root')
        __olares-cli_add_completions -d
        return
        ;;
    '--postgres-port')
        return
        ;;
    '--redis-port')
        return
        ;;
    '--redis-nodes')
        __olares-cli_add_completions -W '1'$'\n''3'$'\n''6'
        return
        ;;
    '--redis-proxy-port')
        return
        ;;
    '--postgres-url')
        return
        ;;
    '--postgres-password-file')
        __olares-cli_add_completions -f
        return
        ;;
    '--redis-seed')
        return
        ;;
    '--redis-username')
        return
        ;;
    '--redis-password-file')
        __olares-cli_add_completions -f
        return
        ;;
    '--with-juicefs'|'--enable-juicefs')
        __olares-cli_add_completions -W 'true'$'\n''false'
        return
        ;;
    '-b'|'--base-dir')
        __olares-cli_add_completions -d
        return
        ;;
    '-o'|'--output')
        __olares-cli_add_completions -W 'table'$'\n''json'$'\n''yaml'$'\n''env'$'\n''helm-values'
        return
        ;;
    '-v')
        return
        ;;
    '-r'|'--registry-mirrors')
        return
        ;;
    '--kube-type'|'--kube')
        return
        ;;
    '-p'|'--minikube-profile'|'--profile')
        return
        ;;
    '--storage-type'|'--storage')
        return
        ;;
    '--s3-bucket')
        return
        ;;
    '--backup-key-prefix')
        return
        ;;
    '--backup-cluster-bucket')
        return
        ;;
    '--cluster-id')
        return
        ;;
    '--is-cloud-version')
        return
        ;;
    '--cdn-service'|'--download-cdn-url')
        return
        ;;
    '--manifest')
        return
        ;;
    '--aws-access-key-id-setup')
        return
        ;;
    esac
}

_olares-cli_uninstall() {
    repeating_flags=()
    non_repeating_flags=(--verbose -q --quiet --no-color --delete-data -y --yes --dry-run --version -h --help)
    repeating_options=()
    non_repeating_options=(-b --base-dir -o --output --confirm-root)
    __olares-cli_offer_flags_options 0

    # Offer option value completions
    case "${prev}" in
    '-b'|'--base-dir')
        __olares-cli_add_completions -d
        return
        ;;
    '-o'|'--output')
        __olares-cli_add_completions -W 'table'$'\n''json'$'\n''yaml'$'\n''env'$'\n''helm-values'
        return
        ;;
    '--confirm-root')
        __olares-cli_add_completions -d
        return
        ;;
    esac
}

_olares-cli_status() {
    repeating_flags=()
    non_repeating_flags=(--verbose -q --quiet --no-color --version -h --help)
    repeating_options=()
    non_repeating_options=(-b --base-dir -o --output)
    __olares-cli_offer_flags_options 0

    # Offer option value completions
    case "${prev}" in
    '-b'|'--base-dir')
        __olares-cli_add_completions -d
        return
        ;;
    '-o'|'--output')
        __olares-cli_add_completions -W 'table'$'\n''json'$'\n''yaml'$'\n''env'$'\n''helm-values'
        return
        ;;
    esac
}

_olares-cli_app() {
    repeating_flags=()
    non_repeating_flags=(--version -h --help)
    repeating_options=()
    non_repeating_options=()
    __olares-cli_offer_flags_options 0

    # Offer subcommand / subcommand argument completions
    local -r subcommand="${unparsed_words[0]}"
    unset 'unparsed_words[0]'
    unparsed_words=("${unparsed_words[@]}")
    case "${subcommand}" in
    apply|remove|list|show|values)
        # Offer subcommand argument completions
        "_olares-cli_app_${subcommand}"
        ;;
    *)
        # Offer subcommand completions
        COMPREPLY+=($(compgen -W 'apply remove list show values' -- "${cur}"))
        ;;
    esac
}

_olares-cli_app_apply() {
    repeating_flags=()
    non_repeating_flags=(--skip-unavailable --require-distributed --allow-superuser-scripts --adopt --prune -y --yes --dry-run --verbose -q --quiet --no-color --version -h --help)
    repeating_options=()
    non_repeating_options=(--owner --admin -b --base-dir -o --output)
    __olares-cli_offer_flags_options 1

    # Offer option value completions
    case "${prev}" in
    '--owner')
        __olares-cli_add_completions -W "$(__olares-cli_custom_complete ---completion app apply -- --owner "${COMP_CWORD}" "$(__olares-cli_cursor_index_in_current_word)")"
        return
        ;;
    '--admin')
        return
        ;;
    '-b'|'--base-dir')
        __olares-cli_add_completions -d
        return
        ;;
    '-o'|'--output')
        __olares-cli_add_completions -W 'table'$'\n''json'$'\n''yaml'$'\n''env'$'\n''helm-values'
        return
        ;;
    esac

    # Offer positional completions
    case "${positional_number}" in
    1)
        __olares-cli_add_completions -o plusdirs -fX '!*.@(yaml)'
        return
        ;;
    esac
}

_olares-cli_app_remove() {
    repeating_flags=()
    non_repeating_flags=(--delete-data -y --yes --dry-run --verbose -q --quiet --no-color --version -h --help)
    repeating_options=()
    non_repeating_options=(--owner -b --base-dir -o --output)
    __olares-cli_offer_flags_options 1

    # Offer option value completions
    case "${prev}" in
    '--owner')
        __olares-cli_add_completions -W "$(__olares-cli_custom_complete ---completion app remove -- --owner "${COMP_CWORD}" "$(__olares-cli_cursor_index_in_current_word)")"
        return
        ;;
    '-b'|'--base-dir')
        __olares-cli_add_completions -d
        return
        ;;
    '-o'|'--output')
        __olares-cli_add_completions -W 'table'$'\n''json'$'\n''yaml'$'\n''env'$'\n''helm-values'
        return
        ;;
    esac

    # Offer positional completions
    case "${positional_number}" in
    1)
        __olares-cli_add_completions -W "$(__olares-cli_custom_complete ---completion app remove -- positional@0 "${COMP_CWORD}" "$(__olares-cli_cursor_index_in_current_word)")"
        return
        ;;
    esac
}

_olares-cli_app_list() {
    repeating_flags=()
    non_repeating_flags=(--verbose -q --quiet --no-color --version -h --help)
    repeating_options=()
    non_repeating_options=(--owner -b --base-dir -o --output)
    __olares-cli_offer_flags_options 0

    # Offer option value completions
    case "${prev}" in
    '--owner')
        __olares-cli_add_completions -W "$(__olares-cli_custom_complete ---completion app list -- --owner "${COMP_CWORD}" "$(__olares-cli_cursor_index_in_current_word)")"
        return
        ;;
    '-b'|'--base-dir')
        __olares-cli_add_completions -d
        return
        ;;
    '-o'|'--output')
        __olares-cli_add_completions -W 'table'$'\n''json'$'\n''yaml'$'\n''env'$'\n''helm-values'
        return
        ;;
    esac
}

_olares-cli_app_show() {
    repeating_flags=()
    non_repeating_flags=(--verbose -q --quiet --no-color --version -h --help)
    repeating_options=()
    non_repeating_options=(--owner -b --base-dir -o --output)
    __olares-cli_offer_flags_options 1

    # Offer option value completions
    case "${prev}" in
    '--owner')
        __olares-cli_add_completions -W "$(__olares-cli_custom_complete ---completion app show -- --owner "${COMP_CWORD}" "$(__olares-cli_cursor_index_in_current_word)")"
        return
        ;;
    '-b'|'--base-dir')
        __olares-cli_add_completions -d
        return
        ;;
    '-o'|'--output')
        __olares-cli_add_completions -W 'table'$'\n''json'$'\n''yaml'$'\n''env'$'\n''helm-values'
        return
        ;;
    esac

    # Offer positional completions
    case "${positional_number}" in
    1)
        __olares-cli_add_completions -W "$(__olares-cli_custom_complete ---completion app show -- positional@0 "${COMP_CWORD}" "$(__olares-cli_cursor_index_in_current_word)")"
        return
        ;;
    esac
}

_olares-cli_app_values() {
    repeating_flags=()
    non_repeating_flags=(--verbose -q --quiet --no-color --version -h --help)
    repeating_options=()
    non_repeating_options=(--owner -b --base-dir -o --output)
    __olares-cli_offer_flags_options 1

    # Offer option value completions
    case "${prev}" in
    '--owner')
        __olares-cli_add_completions -W "$(__olares-cli_custom_complete ---completion app values -- --owner "${COMP_CWORD}" "$(__olares-cli_cursor_index_in_current_word)")"
        return
        ;;
    '-b'|'--base-dir')
        __olares-cli_add_completions -d
        return
        ;;
    '-o'|'--output')
        __olares-cli_add_completions -W 'table'$'\n''json'$'\n''yaml'$'\n''env'$'\n''helm-values'
        return
        ;;
    esac

    # Offer positional completions
    case "${positional_number}" in
    1)
        __olares-cli_add_completions -W "$(__olares-cli_custom_complete ---completion app values -- positional@0 "${COMP_CWORD}" "$(__olares-cli_cursor_index_in_current_word)")"
        return
        ;;
    esac
}

_olares-cli_storage() {
    repeating_flags=()
    non_repeating_flags=(--version -h --help)
    repeating_options=()
    non_repeating_options=()
    __olares-cli_offer_flags_options 0

    # Offer subcommand / subcommand argument completions
    local -r subcommand="${unparsed_words[0]}"
    unset 'unparsed_words[0]'
    unparsed_words=("${unparsed_words[@]}")
    case "${subcommand}" in
    grant|list|show|revoke|mount|check|usage)
        # Offer subcommand argument completions
        "_olares-cli_storage_${subcommand}"
        ;;
    *)
        # Offer subcommand completions
        COMPREPLY+=($(compgen -W 'grant list show revoke mount check usage' -- "${cur}"))
        ;;
    esac
}

_olares-cli_storage_grant() {
    repeating_flags=()
    non_repeating_flags=(--verbose -q --quiet --no-color --app-data --app-cache --app-common --external-data --cross-mounts --adopt --dry-run --version -h --help)
    repeating_options=(--user-data)
    non_repeating_options=(-b --base-dir -o --output --owner --app --ownership)
    __olares-cli_offer_flags_options 1

    # Offer option value completions
    case "${prev}" in
    '-b'|'--base-dir')
        __olares-cli_add_completions -d
        return
        ;;
    '-o'|'--output')
        __olares-cli_add_completions -W 'table'$'\n''json'$'\n''yaml'$'\n''env'$'\n''helm-values'
        return
        ;;
    '--owner')
        __olares-cli_add_completions -W "$(__olares-cli_custom_complete ---completion storage grant -- --owner "${COMP_CWORD}" "$(__olares-cli_cursor_index_in_current_word)")"
        return
        ;;
    '--app')
        __olares-cli_add_completions -W "$(__olares-cli_custom_complete ---completion storage grant -- --app "${COMP_CWORD}" "$(__olares-cli_cursor_index_in_current_word)")"
        return
        ;;
    '--user-data')
        return
        ;;
    '--ownership')
        return
        ;;
    esac

    # Offer positional completions
    case "${positional_number}" in
    1)
        __olares-cli_add_completions -o plusdirs -fX '!*.@(yaml)'
        return
        ;;
    esac
}

_olares-cli_storage_list() {
    repeating_flags=()
    non_repeating_flags=(--verbose -q --quiet --no-color --version -h --help)
    repeating_options=()
    non_repeating_options=(-b --base-dir -o --output --owner --app)
    __olares-cli_offer_flags_options 0

    # Offer option value completions
    case "${prev}" in
    '-b'|'--base-dir')
        __olares-cli_add_completions -d
        return
        ;;
    '-o'|'--output')
        __olares-cli_add_completions -W 'table'$'\n''json'$'\n''yaml'$'\n''env'$'\n''helm-values'
        return
        ;;
    '--owner')
        __olares-cli_add_completions -W "$(__olares-cli_custom_complete ---completion storage list -- --owner "${COMP_CWORD}" "$(__olares-cli_cursor_index_in_current_word)")"
        return
        ;;
    '--app')
        __olares-cli_add_completions -W "$(__olares-cli_custom_complete ---completion storage list -- --app "${COMP_CWORD}" "$(__olares-cli_cursor_index_in_current_word)")"
        return
        ;;
    esac
}

_olares-cli_storage_show() {
    repeating_flags=()
    non_repeating_flags=(--verbose -q --quiet --no-color --persistent-volumes --version -h --help)
    repeating_options=()
    non_repeating_options=(-b --base-dir -o --output --app --owner)
    __olares-cli_offer_flags_options 0

    # Offer option value completions
    case "${prev}" in
    '-b'|'--base-dir')
        __olares-cli_add_completions -d
        return
        ;;
    '-o'|'--output')
        __olares-cli_add_completions -W 'table'$'\n''json'$'\n''yaml'$'\n''env'$'\n''helm-values'
        return
        ;;
    '--app')
        __olares-cli_add_completions -W "$(__olares-cli_custom_complete ---completion storage show -- --app "${COMP_CWORD}" "$(__olares-cli_cursor_index_in_current_word)")"
        return
        ;;
    '--owner')
        __olares-cli_add_completions -W "$(__olares-cli_custom_complete ---completion storage show -- --owner "${COMP_CWORD}" "$(__olares-cli_cursor_index_in_current_word)")"
        return
        ;;
    esac
}

_olares-cli_storage_revoke() {
    repeating_flags=()
    non_repeating_flags=(--verbose -q --quiet --no-color --delete-data -y --yes --dry-run --version -h --help)
    repeating_options=()
    non_repeating_options=(-b --base-dir -o --output --app --owner)
    __olares-cli_offer_flags_options 0

    # Offer option value completions
    case "${prev}" in
    '-b'|'--base-dir')
        __olares-cli_add_completions -d
        return
        ;;
    '-o'|'--output')
        __olares-cli_add_completions -W 'table'$'\n''json'$'\n''yaml'$'\n''env'$'\n''helm-values'
        return
        ;;
    '--app')
        __olares-cli_add_completions -W "$(__olares-cli_custom_complete ---completion storage revoke -- --app "${COMP_CWORD}" "$(__olares-cli_cursor_index_in_current_word)")"
        return
        ;;
    '--owner')
        __olares-cli_add_completions -W "$(__olares-cli_custom_complete ---completion storage revoke -- --owner "${COMP_CWORD}" "$(__olares-cli_cursor_index_in_current_word)")"
        return
        ;;
    esac
}

_olares-cli_storage_mount() {
    repeating_flags=()
    non_repeating_flags=(--verbose -q --quiet --no-color --version -h --help)
    repeating_options=()
    non_repeating_options=(-b --base-dir -o --output)
    __olares-cli_offer_flags_options 0

    # Offer option value completions
    case "${prev}" in
    '-b'|'--base-dir')
        __olares-cli_add_completions -d
        return
        ;;
    '-o'|'--output')
        __olares-cli_add_completions -W 'table'$'\n''json'$'\n''yaml'$'\n''env'$'\n''helm-values'
        return
        ;;
    esac
}

_olares-cli_storage_check() {
    repeating_flags=()
    non_repeating_flags=(--verbose -q --quiet --no-color --version -h --help)
    repeating_options=()
    non_repeating_options=(-b --base-dir -o --output --owner --app)
    __olares-cli_offer_flags_options 0

    # Offer option value completions
    case "${prev}" in
    '-b'|'--base-dir')
        __olares-cli_add_completions -d
        return
        ;;
    '-o'|'--output')
        __olares-cli_add_completions -W 'table'$'\n''json'$'\n''yaml'$'\n''env'$'\n''helm-values'
        return
        ;;
    '--owner')
        __olares-cli_add_completions -W "$(__olares-cli_custom_complete ---completion storage check -- --owner "${COMP_CWORD}" "$(__olares-cli_cursor_index_in_current_word)")"
        return
        ;;
    '--app')
        __olares-cli_add_completions -W "$(__olares-cli_custom_complete ---completion storage check -- --app "${COMP_CWORD}" "$(__olares-cli_cursor_index_in_current_word)")"
        return
        ;;
    esac
}

_olares-cli_storage_usage() {
    repeating_flags=()
    non_repeating_flags=(--verbose -q --quiet --no-color --user-data --version -h --help)
    repeating_options=()
    non_repeating_options=(-b --base-dir -o --output --owner --app)
    __olares-cli_offer_flags_options 0

    # Offer option value completions
    case "${prev}" in
    '-b'|'--base-dir')
        __olares-cli_add_completions -d
        return
        ;;
    '-o'|'--output')
        __olares-cli_add_completions -W 'table'$'\n''json'$'\n''yaml'$'\n''env'$'\n''helm-values'
        return
        ;;
    '--owner')
        __olares-cli_add_completions -W "$(__olares-cli_custom_complete ---completion storage usage -- --owner "${COMP_CWORD}" "$(__olares-cli_cursor_index_in_current_word)")"
        return
        ;;
    '--app')
        __olares-cli_add_completions -W "$(__olares-cli_custom_complete ---completion storage usage -- --app "${COMP_CWORD}" "$(__olares-cli_cursor_index_in_current_word)")"
        return
        ;;
    esac
}

_olares-cli_db() {
    repeating_flags=()
    non_repeating_flags=(--version -h --help)
    repeating_options=()
    non_repeating_options=()
    __olares-cli_offer_flags_options 0

    # Offer subcommand / subcommand argument completions
    local -r subcommand="${unparsed_words[0]}"
    unset 'unparsed_words[0]'
    unparsed_words=("${unparsed_words[@]}")
    case "${subcommand}" in
    create|list|show|url|rotate|limit|drop|shell|check)
        # Offer subcommand argument completions
        "_olares-cli_db_${subcommand}"
        ;;
    *)
        # Offer subcommand completions
        COMPREPLY+=($(compgen -W 'create list show url rotate limit drop shell check' -- "${cur}"))
        ;;
    esac
}

_olares-cli_db_create() {
    repeating_flags=()
    non_repeating_flags=(--version -h --help)
    repeating_options=()
    non_repeating_options=()
    __olares-cli_offer_flags_options 0

    # Offer subcommand / subcommand argument completions
    local -r subcommand="${unparsed_words[0]}"
    unset 'unparsed_words[0]'
    unparsed_words=("${unparsed_words[@]}")
    case "${subcommand}" in
    postgres)
        # Offer subcommand argument completions
        "_olares-cli_db_create_${subcommand}"
        ;;
    *)
        # Offer subcommand completions
        COMPREPLY+=($(compgen -W 'postgres' -- "${cur}"))
        ;;
    esac
}

_olares-cli_db_create_postgres() {
    repeating_flags=()
    non_repeating_flags=(--distributed --require-distributed --skip-unavailable --allow-superuser-scripts --adopt --dry-run --verbose -q --quiet --no-color --version -h --help)
    repeating_options=(--name --extension)
    non_repeating_options=(--app --owner --username --connection-limit --statement-timeout -b --base-dir -o --output)
    __olares-cli_offer_flags_options 1

    # Offer option value completions
    case "${prev}" in
    '--app')
        __olares-cli_add_completions -W "$(__olares-cli_custom_complete ---completion db create postgres -- --app "${COMP_CWORD}" "$(__olares-cli_cursor_index_in_current_word)")"
        return
        ;;
    '--owner')
        __olares-cli_add_completions -W "$(__olares-cli_custom_complete ---completion db create postgres -- --owner "${COMP_CWORD}" "$(__olares-cli_cursor_index_in_current_word)")"
        return
        ;;
    '--name')
        return
        ;;
    '--username')
        return
        ;;
    '--extension')
        return
        ;;
    '--connection-limit')
        return
        ;;
    '--statement-timeout')
        return
        ;;
    '-b'|'--base-dir')
        __olares-cli_add_completions -d
        return
        ;;
    '-o'|'--output')
        __olares-cli_add_completions -W 'table'$'\n''json'$'\n''yaml'$'\n''env'$'\n''helm-values'
        return
        ;;
    esac

    # Offer positional completions
    case "${positional_number}" in
    1)
        __olares-cli_add_completions -o plusdirs -fX '!*.@(yaml)'
        return
        ;;
    esac
}

_olares-cli_db_list() {
    repeating_flags=()
    non_repeating_flags=(--verbose -q --quiet --no-color --version -h --help)
    repeating_options=()
    non_repeating_options=(--owner --app -b --base-dir -o --output)
    __olares-cli_offer_flags_options 1

    # Offer option value completions
    case "${prev}" in
    '--owner')
        __olares-cli_add_completions -W "$(__olares-cli_custom_complete ---completion db list -- --owner "${COMP_CWORD}" "$(__olares-cli_cursor_index_in_current_word)")"
        return
        ;;
    '--app')
        __olares-cli_add_completions -W "$(__olares-cli_custom_complete ---completion db list -- --app "${COMP_CWORD}" "$(__olares-cli_cursor_index_in_current_word)")"
        return
        ;;
    '-b'|'--base-dir')
        __olares-cli_add_completions -d
        return
        ;;
    '-o'|'--output')
        __olares-cli_add_completions -W 'table'$'\n''json'$'\n''yaml'$'\n''env'$'\n''helm-values'
        return
        ;;
    esac

    # Offer positional completions
    case "${positional_number}" in
    1)
        __olares-cli_add_completions -W 'postgres'
        return
        ;;
    esac
}

_olares-cli_db_show() {
    repeating_flags=()
    non_repeating_flags=(--verbose -q --quiet --no-color --version -h --help)
    repeating_options=()
    non_repeating_options=(--app --owner -b --base-dir -o --output)
    __olares-cli_offer_flags_options 1

    # Offer option value completions
    case "${prev}" in
    '--app')
        __olares-cli_add_completions -W "$(__olares-cli_custom_complete ---completion db show -- --app "${COMP_CWORD}" "$(__olares-cli_cursor_index_in_current_word)")"
        return
        ;;
    '--owner')
        __olares-cli_add_completions -W "$(__olares-cli_custom_complete ---completion db show -- --owner "${COMP_CWORD}" "$(__olares-cli_cursor_index_in_current_word)")"
        return
        ;;
    '-b'|'--base-dir')
        __olares-cli_add_completions -d
        return
        ;;
    '-o'|'--output')
        __olares-cli_add_completions -W 'table'$'\n''json'$'\n''yaml'$'\n''env'$'\n''helm-values'
        return
        ;;
    esac

    # Offer positional completions
    case "${positional_number}" in
    1)
        __olares-cli_add_completions -W 'postgres'
        return
        ;;
    esac
}

_olares-cli_db_url() {
    repeating_flags=()
    non_repeating_flags=(--verbose -q --quiet --no-color --version -h --help)
    repeating_options=()
    non_repeating_options=(--app --owner --name -b --base-dir -o --output)
    __olares-cli_offer_flags_options 1

    # Offer option value completions
    case "${prev}" in
    '--app')
        __olares-cli_add_completions -W "$(__olares-cli_custom_complete ---completion db url -- --app "${COMP_CWORD}" "$(__olares-cli_cursor_index_in_current_word)")"
        return
        ;;
    '--owner')
        __olares-cli_add_completions -W "$(__olares-cli_custom_complete ---completion db url -- --owner "${COMP_CWORD}" "$(__olares-cli_cursor_index_in_current_word)")"
        return
        ;;
    '--name')
        __olares-cli_add_completions -W "$(__olares-cli_custom_complete ---completion db url -- --name "${COMP_CWORD}" "$(__olares-cli_cursor_index_in_current_word)")"
        return
        ;;
    '-b'|'--base-dir')
        __olares-cli_add_completions -d
        return
        ;;
    '-o'|'--output')
        __olares-cli_add_completions -W 'table'$'\n''json'$'\n''yaml'$'\n''env'$'\n''helm-values'
        return
        ;;
    esac

    # Offer positional completions
    case "${positional_number}" in
    1)
        __olares-cli_add_completions -W 'postgres'
        return
        ;;
    esac
}

_olares-cli_db_rotate() {
    repeating_flags=()
    non_repeating_flags=(--dry-run --verbose -q --quiet --no-color --version -h --help)
    repeating_options=()
    non_repeating_options=(--app --owner -b --base-dir -o --output)
    __olares-cli_offer_flags_options 1

    # Offer option value completions
    case "${prev}" in
    '--app')
        __olares-cli_add_completions -W "$(__olares-cli_custom_complete ---completion db rotate -- --app "${COMP_CWORD}" "$(__olares-cli_cursor_index_in_current_word)")"
        return
        ;;
    '--owner')
        __olares-cli_add_completions -W "$(__olares-cli_custom_complete ---completion db rotate -- --owner "${COMP_CWORD}" "$(__olares-cli_cursor_index_in_current_word)")"
        return
        ;;
    '-b'|'--base-dir')
        __olares-cli_add_completions -d
        return
        ;;
    '-o'|'--output')
        __olares-cli_add_completions -W 'table'$'\n''json'$'\n''yaml'$'\n''env'$'\n''helm-values'
        return
        ;;
    esac

    # Offer positional completions
    case "${positional_number}" in
    1)
        __olares-cli_add_completions -W 'postgres'
        return
        ;;
    esac
}

_olares-cli_db_limit() {
    repeating_flags=()
    non_repeating_flags=(--dry-run --verbose -q --quiet --no-color --version -h --help)
    repeating_options=()
    non_repeating_options=(--app --owner --connection-limit --statement-timeout -b --base-dir -o --output)
    __olares-cli_offer_flags_options 1

    # Offer option value completions
    case "${prev}" in
    '--app')
        __olares-cli_add_completions -W "$(__olares-cli_custom_complete ---completion db limit -- --app "${COMP_CWORD}" "$(__olares-cli_cursor_index_in_current_word)")"
        return
        ;;
    '--owner')
        __olares-cli_add_completions -W "$(__olares-cli_custom_complete ---completion db limit -- --owner "${COMP_CWORD}" "$(__olares-cli_cursor_index_in_current_word)")"
        return
        ;;
    '--connection-limit')
        return
        ;;
    '--statement-timeout')
        return
        ;;
    '-b'|'--base-dir')
        __olares-cli_add_completions -d
        return
        ;;
    '-o'|'--output')
        __olares-cli_add_completions -W 'table'$'\n''json'$'\n''yaml'$'\n''env'$'\n''helm-values'
        return
        ;;
    esac

    # Offer positional completions
    case "${positional_number}" in
    1)
        __olares-cli_add_completions -W 'postgres'
        return
        ;;
    esac
}

_olares-cli_db_drop() {
    repeating_flags=()
    non_repeating_flags=(-y --yes --dry-run --verbose -q --quiet --no-color --version -h --help)
    repeating_options=(--name)
    non_repeating_options=(--app --owner -b --base-dir -o --output)
    __olares-cli_offer_flags_options 1

    # Offer option value completions
    case "${prev}" in
    '--app')
        __olares-cli_add_completions -W "$(__olares-cli_custom_complete ---completion db drop -- --app "${COMP_CWORD}" "$(__olares-cli_cursor_index_in_current_word)")"
        return
        ;;
    '--owner')
        __olares-cli_add_completions -W "$(__olares-cli_custom_complete ---completion db drop -- --owner "${COMP_CWORD}" "$(__olares-cli_cursor_index_in_current_word)")"
        return
        ;;
    '--name')
        __olares-cli_add_completions -W "$(__olares-cli_custom_complete ---completion db drop -- --name "${COMP_CWORD}" "$(__olares-cli_cursor_index_in_current_word)")"
        return
        ;;
    '-b'|'--base-dir')
        __olares-cli_add_completions -d
        return
        ;;
    '-o'|'--output')
        __olares-cli_add_completions -W 'table'$'\n''json'$'\n''yaml'$'\n''env'$'\n''helm-values'
        return
        ;;
    esac

    # Offer positional completions
    case "${positional_number}" in
    1)
        __olares-cli_add_completions -W 'postgres'
        return
        ;;
    esac
}

_olares-cli_db_shell() {
    repeating_flags=()
    non_repeating_flags=(--verbose -q --quiet --no-color --version -h --help)
    repeating_options=()
    non_repeating_options=(--app --owner --name -b --base-dir -o --output)
    __olares-cli_offer_flags_options -1

    # Offer option value completions
    case "${prev}" in
    '--app')
        __olares-cli_add_completions -W "$(__olares-cli_custom_complete ---completion db shell -- --app "${COMP_CWORD}" "$(__olares-cli_cursor_index_in_current_word)")"
        return
        ;;
    '--owner')
        __olares-cli_add_completions -W "$(__olares-cli_custom_complete ---completion db shell -- --owner "${COMP_CWORD}" "$(__olares-cli_cursor_index_in_current_word)")"
        return
        ;;
    '--name')
        __olares-cli_add_completions -W "$(__olares-cli_custom_complete ---completion db shell -- --name "${COMP_CWORD}" "$(__olares-cli_cursor_index_in_current_word)")"
        return
        ;;
    '-b'|'--base-dir')
        __olares-cli_add_completions -d
        return
        ;;
    '-o'|'--output')
        __olares-cli_add_completions -W 'table'$'\n''json'$'\n''yaml'$'\n''env'$'\n''helm-values'
        return
        ;;
    esac

    # Offer positional completions
    case "${positional_number}" in
    1)
        __olares-cli_add_completions -W 'postgres'
        return
        ;;
    esac
}

_olares-cli_db_check() {
    repeating_flags=()
    non_repeating_flags=(--verbose -q --quiet --no-color --version -h --help)
    repeating_options=()
    non_repeating_options=(--app --owner -b --base-dir -o --output)
    __olares-cli_offer_flags_options 1

    # Offer option value completions
    case "${prev}" in
    '--app')
        __olares-cli_add_completions -W "$(__olares-cli_custom_complete ---completion db check -- --app "${COMP_CWORD}" "$(__olares-cli_cursor_index_in_current_word)")"
        return
        ;;
    '--owner')
        __olares-cli_add_completions -W "$(__olares-cli_custom_complete ---completion db check -- --owner "${COMP_CWORD}" "$(__olares-cli_cursor_index_in_current_word)")"
        return
        ;;
    '-b'|'--base-dir')
        __olares-cli_add_completions -d
        return
        ;;
    '-o'|'--output')
        __olares-cli_add_completions -W 'table'$'\n''json'$'\n''yaml'$'\n''env'$'\n''helm-values'
        return
        ;;
    esac

    # Offer positional completions
    case "${positional_number}" in
    1)
        __olares-cli_add_completions -W 'postgres'
        return
        ;;
    esac
}

_olares-cli_redis() {
    repeating_flags=()
    non_repeating_flags=(--version -h --help)
    repeating_options=()
    non_repeating_options=()
    __olares-cli_offer_flags_options 0

    # Offer subcommand / subcommand argument completions
    local -r subcommand="${unparsed_words[0]}"
    unset 'unparsed_words[0]'
    unparsed_words=("${unparsed_words[@]}")
    case "${subcommand}" in
    ns|proxy|cluster|reconcile)
        # Offer subcommand argument completions
        "_olares-cli_redis_${subcommand}"
        ;;
    *)
        # Offer subcommand completions
        COMPREPLY+=($(compgen -W 'ns proxy cluster reconcile' -- "${cur}"))
        ;;
    esac
}

_olares-cli_redis_ns() {
    repeating_flags=()
    non_repeating_flags=(--version -h --help)
    repeating_options=()
    non_repeating_options=()
    __olares-cli_offer_flags_options 0

    # Offer subcommand / subcommand argument completions
    local -r subcommand="${unparsed_words[0]}"
    unset 'unparsed_words[0]'
    unparsed_words=("${unparsed_words[@]}")
    case "${subcommand}" in
    create|list|show|url|rotate|limit|delete|stats)
        # Offer subcommand argument completions
        "_olares-cli_redis_ns_${subcommand}"
        ;;
    *)
        # Offer subcommand completions
        COMPREPLY+=($(compgen -W 'create list show url rotate limit delete stats' -- "${cur}"))
        ;;
    esac
}

_olares-cli_redis_ns_create() {
    repeating_flags=()
    non_repeating_flags=(--spread --adopt --dry-run --verbose -q --quiet --no-color --version -h --help)
    repeating_options=()
    non_repeating_options=(--app --owner --name -b --base-dir -o --output)
    __olares-cli_offer_flags_options 1

    # Offer option value completions
    case "${prev}" in
    '--app')
        __olares-cli_add_completions -W "$(__olares-cli_custom_complete ---completion redis ns create -- --app "${COMP_CWORD}" "$(__olares-cli_cursor_index_in_current_word)")"
        return
        ;;
    '--owner')
        __olares-cli_add_completions -W "$(__olares-cli_custom_complete ---completion redis ns create -- --owner "${COMP_CWORD}" "$(__olares-cli_cursor_index_in_current_word)")"
        return
        ;;
    '--name')
        return
        ;;
    '-b'|'--base-dir')
        __olares-cli_add_completions -d
        return
        ;;
    '-o'|'--output')
        __olares-cli_add_completions -W 'table'$'\n''json'$'\n''yaml'$'\n''env'$'\n''helm-values'
        return
        ;;
    esac

    # Offer positional completions
    case "${positional_number}" in
    1)
        __olares-cli_add_completions -o plusdirs -fX '!*.@(yaml)'
        return
        ;;
    esac
}

_olares-cli_redis_ns_list() {
    repeating_flags=()
    non_repeating_flags=(--verbose -q --quiet --no-color --version -h --help)
    repeating_options=()
    non_repeating_options=(--owner --app -b --base-dir -o --output)
    __olares-cli_offer_flags_options 0

    # Offer option value completions
    case "${prev}" in
    '--owner')
        __olares-cli_add_completions -W "$(__olares-cli_custom_complete ---completion redis ns list -- --owner "${COMP_CWORD}" "$(__olares-cli_cursor_index_in_current_word)")"
        return
        ;;
    '--app')
        __olares-cli_add_completions -W "$(__olares-cli_custom_complete ---completion redis ns list -- --app "${COMP_CWORD}" "$(__olares-cli_cursor_index_in_current_word)")"
        return
        ;;
    '-b'|'--base-dir')
        __olares-cli_add_completions -d
        return
        ;;
    '-o'|'--output')
        __olares-cli_add_completions -W 'table'$'\n''json'$'\n''yaml'$'\n''env'$'\n''helm-values'
        return
        ;;
    esac
}

_olares-cli_redis_ns_show() {
    repeating_flags=()
    non_repeating_flags=(--verbose -q --quiet --no-color --version -h --help)
    repeating_options=()
    non_repeating_options=(--app --owner -b --base-dir -o --output)
    __olares-cli_offer_flags_options 0

    # Offer option value completions
    case "${prev}" in
    '--app')
        __olares-cli_add_completions -W "$(__olares-cli_custom_complete ---completion redis ns show -- --app "${COMP_CWORD}" "$(__olares-cli_cursor_index_in_current_word)")"
        return
        ;;
    '--owner')
        __olares-cli_add_completions -W "$(__olares-cli_custom_complete ---completion redis ns show -- --owner "${COMP_CWORD}" "$(__olares-cli_cursor_index_in_current_word)")"
        return
        ;;
    '-b'|'--base-dir')
        __olares-cli_add_completions -d
        return
        ;;
    '-o'|'--output')
        __olares-cli_add_completions -W 'table'$'\n''json'$'\n''yaml'$'\n''env'$'\n''helm-values'
        return
        ;;
    esac
}

_olares-cli_redis_ns_url() {
    repeating_flags=()
    non_repeating_flags=(--verbose -q --quiet --no-color --version -h --help)
    repeating_options=()
    non_repeating_options=(--app --owner --name -b --base-dir -o --output)
    __olares-cli_offer_flags_options 0

    # Offer option value completions
    case "${prev}" in
    '--app')
        __olares-cli_add_completions -W "$(__olares-cli_custom_complete ---completion redis ns url -- --app "${COMP_CWORD}" "$(__olares-cli_cursor_index_in_current_word)")"
        return
        ;;
    '--owner')
        __olares-cli_add_completions -W "$(__olares-cli_custom_complete ---completion redis ns url -- --owner "${COMP_CWORD}" "$(__olares-cli_cursor_index_in_current_word)")"
        return
        ;;
    '--name')
        return
        ;;
    '-b'|'--base-dir')
        __olares-cli_add_completions -d
        return
        ;;
    '-o'|'--output')
        __olares-cli_add_completions -W 'table'$'\n''json'$'\n''yaml'$'\n''env'$'\n''helm-values'
        return
        ;;
    esac
}

_olares-cli_redis_ns_rotate() {
    repeating_flags=()
    non_repeating_flags=(--dry-run --verbose -q --quiet --no-color --version -h --help)
    repeating_options=()
    non_repeating_options=(--app --owner --name -b --base-dir -o --output)
    __olares-cli_offer_flags_options 0

    # Offer option value completions
    case "${prev}" in
    '--app')
        __olares-cli_add_completions -W "$(__olares-cli_custom_complete ---completion redis ns rotate -- --app "${COMP_CWORD}" "$(__olares-cli_cursor_index_in_current_word)")"
        return
        ;;
    '--owner')
        __olares-cli_add_completions -W "$(__olares-cli_custom_complete ---completion redis ns rotate -- --owner "${COMP_CWORD}" "$(__olares-cli_cursor_index_in_current_word)")"
        return
        ;;
    '--name')
        __olares-cli_add_completions -W "$(__olares-cli_custom_complete ---completion redis ns rotate -- --name "${COMP_CWORD}" "$(__olares-cli_cursor_index_in_current_word)")"
        return
        ;;
    '-b'|'--base-dir')
        __olares-cli_add_completions -d
        return
        ;;
    '-o'|'--output')
        __olares-cli_add_completions -W 'table'$'\n''json'$'\n''yaml'$'\n''env'$'\n''helm-values'
        return
        ;;
    esac
}

_olares-cli_redis_ns_limit() {
    repeating_flags=()
    non_repeating_flags=(--dry-run --verbose -q --quiet --no-color --version -h --help)
    repeating_options=()
    non_repeating_options=(--owner --app --name --connections --commands --script-time --memory -b --base-dir -o --output)
    __olares-cli_offer_flags_options 0

    # Offer option value completions
    case "${prev}" in
    '--owner')
        __olares-cli_add_completions -W "$(__olares-cli_custom_complete ---completion redis ns limit -- --owner "${COMP_CWORD}" "$(__olares-cli_cursor_index_in_current_word)")"
        return
        ;;
    '--app')
        __olares-cli_add_completions -W "$(__olares-cli_custom_complete ---completion redis ns limit -- --app "${COMP_CWORD}" "$(__olares-cli_cursor_index_in_current_word)")"
        return
        ;;
    '--name')
        __olares-cli_add_completions -W "$(__olares-cli_custom_complete ---completion redis ns limit -- --name "${COMP_CWORD}" "$(__olares-cli_cursor_index_in_current_word)")"
        return
        ;;
    '--connections')
        return
        ;;
    '--commands')
        return
        ;;
    '--script-time')
        return
        ;;
    '--memory')
        return
        ;;
    '-b'|'--base-dir')
        __olares-cli_add_completions -d
        return
        ;;
    '-o'|'--output')
        __olares-cli_add_completions -W 'table'$'\n''json'$'\n''yaml'$'\n''env'$'\n''helm-values'
        return
        ;;
    esac
}

_olares-cli_redis_ns_delete() {
    repeating_flags=()
    non_repeating_flags=(--purge --yes --dry-run --verbose -q --quiet --no-color --version -h --help)
    repeating_options=()
    non_repeating_options=(--app --owner --name -b --base-dir -o --output)
    __olares-cli_offer_flags_options 0

    # Offer option value completions
    case "${prev}" in
    '--app')
        __olares-cli_add_completions -W "$(__olares-cli_custom_complete ---completion redis ns delete -- --app "${COMP_CWORD}" "$(__olares-cli_cursor_index_in_current_word)")"
        return
        ;;
    '--owner')
        __olares-cli_add_completions -W "$(__olares-cli_custom_complete ---completion redis ns delete -- --owner "${COMP_CWORD}" "$(__olares-cli_cursor_index_in_current_word)")"
        return
        ;;
    '--name')
        __olares-cli_add_completions -W "$(__olares-cli_custom_complete ---completion redis ns delete -- --name "${COMP_CWORD}" "$(__olares-cli_cursor_index_in_current_word)")"
        return
        ;;
    '-b'|'--base-dir')
        __olares-cli_add_completions -d
        return
        ;;
    '-o'|'--output')
        __olares-cli_add_completions -W 'table'$'\n''json'$'\n''yaml'$'\n''env'$'\n''helm-values'
        return
        ;;
    esac
}

_olares-cli_redis_ns_stats() {
    repeating_flags=()
    non_repeating_flags=(--exact --verbose -q --quiet --no-color --version -h --help)
    repeating_options=()
    non_repeating_options=(--owner --app --name -b --base-dir -o --output)
    __olares-cli_offer_flags_options 0

    # Offer option value completions
    case "${prev}" in
    '--owner')
        __olares-cli_add_completions -W "$(__olares-cli_custom_complete ---completion redis ns stats -- --owner "${COMP_CWORD}" "$(__olares-cli_cursor_index_in_current_word)")"
        return
        ;;
    '--app')
        __olares-cli_add_completions -W "$(__olares-cli_custom_complete ---completion redis ns stats -- --app "${COMP_CWORD}" "$(__olares-cli_cursor_index_in_current_word)")"
        return
        ;;
    '--name')
        __olares-cli_add_completions -W "$(__olares-cli_custom_complete ---completion redis ns stats -- --name "${COMP_CWORD}" "$(__olares-cli_cursor_index_in_current_word)")"
        return
        ;;
    '-b'|'--base-dir')
        __olares-cli_add_completions -d
        return
        ;;
    '-o'|'--output')
        __olares-cli_add_completions -W 'table'$'\n''json'$'\n''yaml'$'\n''env'$'\n''helm-values'
        return
        ;;
    esac
}

_olares-cli_redis_proxy() {
    repeating_flags=()
    non_repeating_flags=(--version -h --help)
    repeating_options=()
    non_repeating_options=()
    __olares-cli_offer_flags_options 0

    # Offer subcommand / subcommand argument completions
    local -r subcommand="${unparsed_words[0]}"
    unset 'unparsed_words[0]'
    unparsed_words=("${unparsed_words[@]}")
    case "${subcommand}" in
    run|status)
        # Offer subcommand argument completions
        "_olares-cli_redis_proxy_${subcommand}"
        ;;
    *)
        # Offer subcommand completions
        COMPREPLY+=($(compgen -W 'run status' -- "${cur}"))
        ;;
    esac
}

_olares-cli_redis_proxy_run() {
    repeating_flags=()
    non_repeating_flags=(--verbose -q --quiet --no-color --version -h --help)
    repeating_options=()
    non_repeating_options=(--listen --workers --metrics-port --user --max-clients --max-pipeline --max-request --pause-output --max-output --max-subscriber-output --max-node-queue --login-timeout --request-timeout --node-timeout -b --base-dir -o --output)
    __olares-cli_offer_flags_options 0

    # Offer option value completions
    case "${prev}" in
    '--listen')
        return
        ;;
    '--workers')
        return
        ;;
    '--metrics-port')
        return
        ;;
    '--user')
        return
        ;;
    '--max-clients')
        return
        ;;
    '--max-pipeline')
        return
        ;;
    '--max-request')
        return
        ;;
    '--pause-output')
        return
        ;;
    '--max-output')
        return
        ;;
    '--max-subscriber-output')
        return
        ;;
    '--max-node-queue')
        return
        ;;
    '--login-timeout')
        return
        ;;
    '--request-timeout')
        return
        ;;
    '--node-timeout')
        return
        ;;
    '-b'|'--base-dir')
        __olares-cli_add_completions -d
        return
        ;;
    '-o'|'--output')
        __olares-cli_add_completions -W 'table'$'\n''json'$'\n''yaml'$'\n''env'$'\n''helm-values'
        return
        ;;
    esac
}

_olares-cli_redis_proxy_status() {
    repeating_flags=()
    non_repeating_flags=(--verbose -q --quiet --no-color --version -h --help)
    repeating_options=()
    non_repeating_options=(-b --base-dir -o --output)
    __olares-cli_offer_flags_options 0

    # Offer option value completions
    case "${prev}" in
    '-b'|'--base-dir')
        __olares-cli_add_completions -d
        return
        ;;
    '-o'|'--output')
        __olares-cli_add_completions -W 'table'$'\n''json'$'\n''yaml'$'\n''env'$'\n''helm-values'
        return
        ;;
    esac
}

_olares-cli_redis_cluster() {
    repeating_flags=()
    non_repeating_flags=(--version -h --help)
    repeating_options=()
    non_repeating_options=()
    __olares-cli_offer_flags_options 0

    # Offer subcommand / subcommand argument completions
    local -r subcommand="${unparsed_words[0]}"
    unset 'unparsed_words[0]'
    unparsed_words=("${unparsed_words[@]}")
    case "${subcommand}" in
    status|add-node|remove-node|rebalance|replace)
        # Offer subcommand argument completions
        "_olares-cli_redis_cluster_${subcommand}"
        ;;
    *)
        # Offer subcommand completions
        COMPREPLY+=($(compgen -W 'status add-node remove-node rebalance replace' -- "${cur}"))
        ;;
    esac
}

_olares-cli_redis_cluster_status() {
    repeating_flags=()
    non_repeating_flags=(--verbose -q --quiet --no-color --version -h --help)
    repeating_options=()
    non_repeating_options=(-b --base-dir -o --output)
    __olares-cli_offer_flags_options 0

    # Offer option value completions
    case "${prev}" in
    '-b'|'--base-dir')
        __olares-cli_add_completions -d
        return
        ;;
    '-o'|'--output')
        __olares-cli_add_completions -W 'table'$'\n''json'$'\n''yaml'$'\n''env'$'\n''helm-values'
        return
        ;;
    esac
}

_olares-cli_redis_cluster_add-node() {
    repeating_flags=()
    non_repeating_flags=(--replica --rebalance --no-rebalance --dry-run --verbose -q --quiet --no-color --version -h --help)
    repeating_options=()
    non_repeating_options=(--port --count --replica-of --address -b --base-dir -o --output)
    __olares-cli_offer_flags_options 0

    # Offer option value completions
    case "${prev}" in
    '--port')
        return
        ;;
    '--count')
        return
        ;;
    '--replica-of')
        return
        ;;
    '--address')
        return
        ;;
    '-b'|'--base-dir')
        __olares-cli_add_completions -d
        return
        ;;
    '-o'|'--output')
        __olares-cli_add_completions -W 'table'$'\n''json'$'\n''yaml'$'\n''env'$'\n''helm-values'
        return
        ;;
    esac
}

_olares-cli_redis_cluster_remove-node() {
    repeating_flags=()
    non_repeating_flags=(--discard-data --dry-run --verbose -q --quiet --no-color --version -h --help)
    repeating_options=()
    non_repeating_options=(-b --base-dir -o --output)
    __olares-cli_offer_flags_options -1

    # Offer option value completions
    case "${prev}" in
    '-b'|'--base-dir')
        __olares-cli_add_completions -d
        return
        ;;
    '-o'|'--output')
        __olares-cli_add_completions -W 'table'$'\n''json'$'\n''yaml'$'\n''env'$'\n''helm-values'
        return
        ;;
    esac
}

_olares-cli_redis_cluster_rebalance() {
    repeating_flags=()
    non_repeating_flags=(--dry-run --verbose -q --quiet --no-color --version -h --help)
    repeating_options=()
    non_repeating_options=(-b --base-dir -o --output)
    __olares-cli_offer_flags_options 0

    # Offer option value completions
    case "${prev}" in
    '-b'|'--base-dir')
        __olares-cli_add_completions -d
        return
        ;;
    '-o'|'--output')
        __olares-cli_add_completions -W 'table'$'\n''json'$'\n''yaml'$'\n''env'$'\n''helm-values'
        return
        ;;
    esac
}

_olares-cli_redis_cluster_replace() {
    repeating_flags=()
    non_repeating_flags=(--accept-data-loss --dry-run --verbose -q --quiet --no-color --version -h --help)
    repeating_options=()
    non_repeating_options=(--address -b --base-dir -o --output)
    __olares-cli_offer_flags_options 1

    # Offer option value completions
    case "${prev}" in
    '--address')
        return
        ;;
    '-b'|'--base-dir')
        __olares-cli_add_completions -d
        return
        ;;
    '-o'|'--output')
        __olares-cli_add_completions -W 'table'$'\n''json'$'\n''yaml'$'\n''env'$'\n''helm-values'
        return
        ;;
    esac
}

_olares-cli_redis_reconcile() {
    repeating_flags=()
    non_repeating_flags=(--dry-run --verbose -q --quiet --no-color --version -h --help)
    repeating_options=()
    non_repeating_options=(-b --base-dir -o --output)
    __olares-cli_offer_flags_options 0

    # Offer option value completions
    case "${prev}" in
    '-b'|'--base-dir')
        __olares-cli_add_completions -d
        return
        ;;
    '-o'|'--output')
        __olares-cli_add_completions -W 'table'$'\n''json'$'\n''yaml'$'\n''env'$'\n''helm-values'
        return
        ;;
    esac
}

_olares-cli_manifest() {
    repeating_flags=()
    non_repeating_flags=(--version -h --help)
    repeating_options=()
    non_repeating_options=()
    __olares-cli_offer_flags_options 0

    # Offer subcommand / subcommand argument completions
    local -r subcommand="${unparsed_words[0]}"
    unset 'unparsed_words[0]'
    unparsed_words=("${unparsed_words[@]}")
    case "${subcommand}" in
    validate|show)
        # Offer subcommand argument completions
        "_olares-cli_manifest_${subcommand}"
        ;;
    *)
        # Offer subcommand completions
        COMPREPLY+=($(compgen -W 'validate show' -- "${cur}"))
        ;;
    esac
}

_olares-cli_manifest_validate() {
    repeating_flags=()
    non_repeating_flags=(--warnings-as-errors --verbose -q --quiet --no-color --version -h --help)
    repeating_options=()
    non_repeating_options=(--owner -b --base-dir -o --output)
    __olares-cli_offer_flags_options -1

    # Offer option value completions
    case "${prev}" in
    '--owner')
        return
        ;;
    '-b'|'--base-dir')
        __olares-cli_add_completions -d
        return
        ;;
    '-o'|'--output')
        __olares-cli_add_completions -W 'table'$'\n''json'$'\n''yaml'$'\n''env'$'\n''helm-values'
        return
        ;;
    esac

    # Offer positional completions
    case "${positional_number}" in
    *)
        __olares-cli_add_completions -f
        return
        ;;
    esac
}

_olares-cli_manifest_show() {
    repeating_flags=()
    non_repeating_flags=(--verbose -q --quiet --no-color --version -h --help)
    repeating_options=()
    non_repeating_options=(--owner --admin -b --base-dir -o --output)
    __olares-cli_offer_flags_options 1

    # Offer option value completions
    case "${prev}" in
    '--owner')
        __olares-cli_add_completions -W "$(__olares-cli_custom_complete ---completion manifest show -- --owner "${COMP_CWORD}" "$(__olares-cli_cursor_index_in_current_word)")"
        return
        ;;
    '--admin')
        return
        ;;
    '-b'|'--base-dir')
        __olares-cli_add_completions -d
        return
        ;;
    '-o'|'--output')
        __olares-cli_add_completions -W 'table'$'\n''json'$'\n''yaml'$'\n''env'$'\n''helm-values'
        return
        ;;
    esac

    # Offer positional completions
    case "${positional_number}" in
    1)
        __olares-cli_add_completions -f
        return
        ;;
    esac
}

_olares-cli_service() {
    repeating_flags=()
    non_repeating_flags=(--version -h --help)
    repeating_options=()
    non_repeating_options=()
    __olares-cli_offer_flags_options 0

    # Offer subcommand / subcommand argument completions
    local -r subcommand="${unparsed_words[0]}"
    unset 'unparsed_words[0]'
    unparsed_words=("${unparsed_words[@]}")
    case "${subcommand}" in
    list|start|stop|restart|logs)
        # Offer subcommand argument completions
        "_olares-cli_service_${subcommand}"
        ;;
    *)
        # Offer subcommand completions
        COMPREPLY+=($(compgen -W 'list start stop restart logs' -- "${cur}"))
        ;;
    esac
}

_olares-cli_service_list() {
    repeating_flags=()
    non_repeating_flags=(--verbose -q --quiet --no-color --version -h --help)
    repeating_options=()
    non_repeating_options=(-b --base-dir -o --output)
    __olares-cli_offer_flags_options 0

    # Offer option value completions
    case "${prev}" in
    '-b'|'--base-dir')
        __olares-cli_add_completions -d
        return
        ;;
    '-o'|'--output')
        __olares-cli_add_completions -W 'table'$'\n''json'$'\n''yaml'$'\n''env'$'\n''helm-values'
        return
        ;;
    esac
}

_olares-cli_service_start() {
    repeating_flags=()
    non_repeating_flags=(--verbose -q --quiet --no-color --dry-run --version -h --help)
    repeating_options=()
    non_repeating_options=(-b --base-dir -o --output)
    __olares-cli_offer_flags_options -1

    # Offer option value completions
    case "${prev}" in
    '-b'|'--base-dir')
        __olares-cli_add_completions -d
        return
        ;;
    '-o'|'--output')
        __olares-cli_add_completions -W 'table'$'\n''json'$'\n''yaml'$'\n''env'$'\n''helm-values'
        return
        ;;
    esac
}

_olares-cli_service_stop() {
    repeating_flags=()
    non_repeating_flags=(--verbose -q --quiet --no-color --dry-run --version -h --help)
    repeating_options=()
    non_repeating_options=(-b --base-dir -o --output)
    __olares-cli_offer_flags_options -1

    # Offer option value completions
    case "${prev}" in
    '-b'|'--base-dir')
        __olares-cli_add_completions -d
        return
        ;;
    '-o'|'--output')
        __olares-cli_add_completions -W 'table'$'\n''json'$'\n''yaml'$'\n''env'$'\n''helm-values'
        return
        ;;
    esac
}

_olares-cli_service_restart() {
    repeating_flags=()
    non_repeating_flags=(--verbose -q --quiet --no-color --dry-run --version -h --help)
    repeating_options=()
    non_repeating_options=(-b --base-dir -o --output)
    __olares-cli_offer_flags_options -1

    # Offer option value completions
    case "${prev}" in
    '-b'|'--base-dir')
        __olares-cli_add_completions -d
        return
        ;;
    '-o'|'--output')
        __olares-cli_add_completions -W 'table'$'\n''json'$'\n''yaml'$'\n''env'$'\n''helm-values'
        return
        ;;
    esac
}

_olares-cli_service_logs() {
    repeating_flags=()
    non_repeating_flags=(--verbose -q --quiet --no-color --version -h --help)
    repeating_options=()
    non_repeating_options=(-b --base-dir -o --output -n --lines)
    __olares-cli_offer_flags_options -1

    # Offer option value completions
    case "${prev}" in
    '-b'|'--base-dir')
        __olares-cli_add_completions -d
        return
        ;;
    '-o'|'--output')
        __olares-cli_add_completions -W 'table'$'\n''json'$'\n''yaml'$'\n''env'$'\n''helm-values'
        return
        ;;
    '-n'|'--lines')
        return
        ;;
    esac
}

_olares-cli_help() {
    repeating_flags=()
    non_repeating_flags=(--version)
    repeating_options=()
    non_repeating_options=()
    __olares-cli_offer_flags_options -1
}

complete -o filenames -F _olares-cli olares-cli
