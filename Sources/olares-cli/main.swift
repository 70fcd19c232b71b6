import Commands

await OlaresCLI.run()
