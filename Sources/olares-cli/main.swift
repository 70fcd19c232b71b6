import Commands

OlaresCLI.run()
