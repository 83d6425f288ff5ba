# SPDX-License-Identifier: LGPL-2.1-or-later
# shellcheck shell=bash
#
# urun.bash - completion of urun for bash. Commands and options are read from `urun --help`, so they are always those of
# the program that is called.

# Commands of $1, one a line.
_urun_commands() {
	"$1" --help 2>/dev/null | sed -n '/^Commands:$/,/^$/s/^  \([a-z][a-z-]*\) .*/\1/p'
	echo help
	echo version
}

# Options of the command $2 of $1, those of urun itself if $2 is empty, one a line: "LETTER NAME ARG", with "-" for what
# there is none of. "[ARG" stands for a value that may be left out.
_urun_options() {
	"$1" ${2:+"$2"} --help 2>/dev/null |
		sed -nE 's/^  (-(.),|   ) --([a-z-]+)(\[=| |$)([^]]*)]?$/\2 \3 \4\5/p' |
		sed -E 's/^ /- /; s/ \[=/ [/; s/  +/ /; s/ $/ -/'
}

# The bundles whose names begin with $1; where there are none, the directories on the way to them.
_urun_bundles() {
	local dir found=

	while IFS= read -r dir; do
		[[ -e $dir/config.json ]] && found=1 && printf '%s\n' "$dir"
	done < <(compgen -d -- "$1")
	[[ $found ]] || compgen -d -- "$1"
}

# Values of the option $1, whose argument is called $2, that begin with $3.
_urun_values() {
	case $1 in
	bundle) _urun_bundles "$3" ;;
	userns)
		case $2 in
		MODE) compgen -W 'auto full single keep-id keep-id:uid= nomap config' -- "$3" ;;
		*) compgen -W "${2//|/ }" -- "$3" ;;
		esac
		;;
	env) compgen -e -- "$3" ;;
	volume)
		case $3 in
		*:*:*) compgen -P "${3%"${3##*[:,]}"}" -W 'ro rw bind rbind nosuid nodev noexec' -- "${3##*[:,]}" ;;
		*:*) ;;
		*) compgen -f -- "$3" ;;
		esac
		;;
	root | rootfs) compgen -d -- "$3" ;;
	*)
		case $2 in
		FILE) compgen -f -- "$3" ;;
		*'|'*) compgen -W "$(tr '|[' '  ' <<<"$2")" -- "$3" ;;
		esac
		;;
	esac
}

_urun() {
	local program=${COMP_WORDS[0]} line=$COMP_LINE command='' cur rest letter name arg word option='' head='' i
	local -i positional=0 ended=0
	local -a words=()
	local -A takes=() by_letter=()

	[[ $program == \~/* ]] && program=$HOME/${program:2}
	command -v -- "$program" >/dev/null || return

	# Put together what bash has cut at '=' and ':'.
	for ((i = 0; i <= COMP_CWORD; i++)); do
		rest=${line#"${line%%[![:space:]]*}"}
		if ((i > 0)) && [[ $rest == "$line" && -n $line ]]; then
			words[-1]+=${COMP_WORDS[i]}
		else
			words+=("${COMP_WORDS[i]}")
		fi
		line=${rest#"${COMP_WORDS[i]}"}
	done
	cur=${words[-1]//\\/}
	unset 'words[-1]'

	while read -r letter name arg; do
		[[ -n ${takes[$name]-} ]] || takes[$name]=$arg
	done < <(_urun_options "$program" "")

	# Which word is which.
	for word in "${words[@]:1}"; do
		if [[ -n $option ]]; then
			option=
		elif ((ended)); then
			positional+=1
		elif [[ $word == -- ]]; then
			ended=1
		elif [[ $word == --*=* ]]; then
			:
		elif [[ $word == --* ]]; then
			name=${word#--}
			[[ ${takes[$name]--} == [-[]* ]] || option=$name
		elif [[ $word == -?* ]]; then
			name=${by_letter[${word:1:1}]-}
			[[ -z $name || ${takes[$name]--} == [-[]* || ${#word} -gt 2 ]] || option=$name
		elif [[ -z $command ]]; then
			command=$word
			while read -r letter name arg; do
				takes[$name]=$arg
				[[ $letter == - || -n ${by_letter[$letter]-} ]] || by_letter[$letter]=$name
			done < <(_urun_options "$program" "$command")
		else
			positional+=1
			[[ $command == unshare || $positional -gt 1 ]] && ended=1
		fi
	done

	if [[ -z $option && $ended == 0 && $cur == --*=* ]]; then
		option=${cur%%=*}
		option=${option#--}
		head=${cur%%=*}=
	fi

	COMPREPLY=()
	if [[ -n $option ]]; then
		mapfile -t COMPREPLY < <(_urun_values "$option" "${takes[$option]--}" "${cur#"$head"}")
		COMPREPLY=("${COMPREPLY[@]/#/"$head"}")
		case $option in
		bundle | root | rootfs | log | env-file | pidfile | volume) compopt -o filenames 2>/dev/null ;;
		esac
		[[ ${COMPREPLY[*]} == *keep-id:uid= ]] && compopt -o nospace 2>/dev/null
		# bash replaces only what stands behind the last character at which it cuts words.
		for ((i = ${#cur}; i > 0; i--)); do
			[[ ${cur:i-1:1} == [=:] && $COMP_WORDBREAKS == *"${cur:i-1:1}"* ]] && break
		done
		COMPREPLY=("${COMPREPLY[@]#"${cur:0:i}"}")
	elif [[ $ended == 0 && $cur == -* ]]; then
		for name in "${!takes[@]}"; do
			COMPREPLY+=("--$name")
		done
		mapfile -t COMPREPLY < <(compgen -W "${COMPREPLY[*]}" -- "$cur")
	elif [[ -z $command || ($command == help && $positional == 0) ]]; then
		mapfile -t COMPREPLY < <(compgen -W "$(_urun_commands "$program")" -- "$cur")
	elif [[ $command == unshare ]]; then
		if ((positional == 0)); then
			mapfile -t COMPREPLY < <(compgen -c -- "$cur")
		else
			compopt -o default 2>/dev/null
		fi
	elif [[ ($command == run || $command == explain) && $positional == 0 ]]; then
		mapfile -t COMPREPLY < <(_urun_bundles "$cur")
		compopt -o filenames 2>/dev/null
	fi
}

complete -F _urun urun
